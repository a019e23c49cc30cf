package io.specoffload.tokenizer;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Cuts text into words before byte-level BPE. Each pattern is applied to the pieces that the one before left: what it
 * matches becomes a piece, and so does what lies between two matches.
 *
 * <p>No pattern repeats a group: {@link Pattern} would recurse on it, once for each repetition. Repeated character
 * classes are matched in a loop, and none of the patterns can scan a run of characters more than a constant number of
 * times.
 *
 * @param patterns in the order in which they are applied
 */
record PreTokenizer(List<Pattern> patterns) {

    PreTokenizer {
        patterns = List.copyOf(patterns);
    }

    /** A pre-tokenizer of these regular expressions; {@code \s} and its like follow Unicode. */
    static PreTokenizer of(String... expressions) {
        return new PreTokenizer(java.util.Arrays.stream(expressions)
                .map(expression -> Pattern.compile(expression, Pattern.UNICODE_CHARACTER_CLASS))
                .toList());
    }

    /** The ends of all pieces, ascending; the last one is the text's length. */
    IntList split(CharSequence text) {
        IntList ends = new IntList();
        if (!text.isEmpty()) {
            ends.add(text.length());
        }
        for (Pattern pattern : patterns) {
            Matcher matcher = pattern.matcher(text);
            IntList finer = new IntList();
            int start = 0;
            for (int i = 0; i < ends.size(); i++) {
                int end = ends.get(i);
                split(matcher.region(start, end), start, end, finer);
                start = end;
            }
            ends = finer;
        }
        return ends;
    }

    private static void split(Matcher matcher, int start, int end, IntList ends) {
        int done = start;
        while (matcher.find()) {
            if (matcher.start() > done) {
                ends.add(matcher.start());
            }
            if (matcher.end() > matcher.start()) {
                ends.add(matcher.end());
                done = matcher.end();
            }
        }
        if (done < end) {
            ends.add(end);
        }
    }
}
