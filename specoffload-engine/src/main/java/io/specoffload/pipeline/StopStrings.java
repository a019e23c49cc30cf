package io.specoffload.pipeline;

import java.util.List;

/**
 * Watches a sequence's text for stop texts, which may span tokens and candidates. Text that might be the beginning of
 * one is held back until that is settled, so that no part of a stop text is ever emitted. Each character is looked at
 * once per stop text (Knuth, Morris, Pratt 1977). Not thread-safe.
 */
public final class StopStrings {
    private final Matcher[] matchers;
    private final StringBuilder held = new StringBuilder();
    private int emitted;
    private int matchStart = -1;

    /**
     * @param stops the texts that end a generation, none of them empty; the list may be empty
     */
    public StopStrings(List<String> stops) {
        matchers = stops.stream().map(Matcher::new).toArray(Matcher[]::new);
    }

    /**
     * Takes the next piece of text and returns what can be emitted, which may be more or less than the piece. Of several
     * stop texts the one that is complete first ends the generation, of those that end together the longest. After a
     * match nothing more comes out.
     */
    public String append(String piece) {
        if (isMatched()) {
            return "";
        }
        if (matchers.length == 0) {
            emitted += piece.length();
            return piece;
        }
        for (int i = 0; i < piece.length(); i++) {
            held.append(piece.charAt(i));
            int complete = 0;
            for (Matcher matcher : matchers) {
                if (matcher.next(piece.charAt(i))) {
                    complete = Math.max(complete, matcher.text.length());
                }
            }
            if (complete > 0) {
                String text = release(complete);
                matchStart = emitted;
                held.setLength(0);
                return text;
            }
        }
        int open = 0;
        for (Matcher matcher : matchers) {
            open = Math.max(open, matcher.matched);
        }
        return release(open);
    }

    /** The end of the text without a stop: what was still held back. */
    public String finish() {
        return release(0);
    }

    /** Whether a stop text is complete: the token whose text was appended last is then the sequence's last. */
    public boolean isMatched() {
        return matchStart >= 0;
    }

    /** Where in the whole text, in characters, the stop text begins; -1 if there is none. */
    public int matchStart() {
        return matchStart;
    }

    private String release(int keep) {
        String text = held.substring(0, held.length() - keep);
        held.delete(0, text.length());
        emitted += text.length();
        return text;
    }

    /** How much of one stop text the latest characters match. */
    private static final class Matcher {
        private final String text;
        /** Per matched length: the longest shorter prefix that is also a suffix. */
        private final int[] border;

        private int matched;

        Matcher(String text) {
            if (text.isEmpty()) {
                throw new IllegalArgumentException("a stop text is empty");
            }
            this.text = text;
            this.border = new int[text.length() + 1];
            for (int i = 1, k = 0; i < text.length(); i++) {
                while (k > 0 && text.charAt(i) != text.charAt(k)) {
                    k = border[k];
                }
                k += text.charAt(i) == text.charAt(k) ? 1 : 0;
                border[i + 1] = k;
            }
        }

        /** Whether the text is complete with {@code c}. */
        boolean next(char c) {
            while (matched > 0 && text.charAt(matched) != c) {
                matched = border[matched];
            }
            matched += text.charAt(matched) == c ? 1 : 0;
            return matched == text.length();
        }
    }
}
