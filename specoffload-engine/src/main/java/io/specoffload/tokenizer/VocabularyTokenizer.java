package io.specoffload.tokenizer;

import io.specoffload.tokenizer.SpecialTokenMatcher.Match;
import io.specoffload.tokenizer.Vocabulary.Kind;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.function.IntFunction;

/** What all tokenizers share: special tokens are taken out of the text first, the rest is encoded piece by piece. */
abstract class VocabularyTokenizer implements Tokenizer {

    private static final byte[] NOTHING = {};

    private final TokenVocabulary vocabulary;
    private final SpecialTokenMatcher always;
    private final SpecialTokenMatcher whenParsed;
    private final Set<Integer> swallowSpace;

    /**
     * @param swallowSpace special tokens that take the white space behind them with them
     */
    VocabularyTokenizer(TokenVocabulary vocabulary, Set<Integer> swallowSpace) {
        this.vocabulary = vocabulary;
        this.swallowSpace = Set.copyOf(swallowSpace);
        always = new SpecialTokenMatcher(vocabulary.names(kind -> kind == Kind.USER_DEFINED));
        whenParsed = new SpecialTokenMatcher(
                vocabulary.names(kind -> kind == Kind.USER_DEFINED || kind == Kind.CONTROL || kind == Kind.UNKNOWN));
    }

    /** Encodes text without special tokens. */
    interface TextEncoder {

        /**
         * @param text not empty
         * @param afterSpecial whether the text stands at the beginning or behind a special token
         */
        void encode(String text, boolean afterSpecial, IntList out);
    }

    /** An encoder for one call; it need not be thread-safe. */
    abstract TextEncoder textEncoder();

    @Override
    public final TokenVocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public final int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
        TextEncoder encoder = textEncoder();
        SpecialTokenMatcher matcher = parseSpecial ? whenParsed : always;
        IntList out = new IntList();
        if (addSpecial && vocabulary.addBos()) {
            out.add(vocabulary.bos().orElseThrow());
        }
        boolean afterSpecial = true;
        int position = 0;
        while (position < text.length()) {
            Match match = matcher.find(text, position);
            int end = match == null ? text.length() : match.start();
            if (end > position) {
                encoder.encode(text.substring(position, end), afterSpecial, out);
                afterSpecial = false;
            }
            position = end;
            if (match != null) {
                out.add(match.id());
                afterSpecial = true;
                position = match.end();
                if (swallowSpace.contains(match.id())) {
                    position = skipSpace(text, position);
                }
            }
        }
        if (addSpecial && vocabulary.addEos()) {
            out.add(vocabulary.eos().orElseThrow());
        }
        return out.toArray(0);
    }

    private static int skipSpace(String text, int position) {
        int end = position;
        while (end < text.length() && Character.isWhitespace(text.charAt(end))) {
            end++;
        }
        return end;
    }

    @Override
    public final String decode(int[] ids, boolean showSpecial) {
        IntFunction<byte[]> shown = shown(showSpecial);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream(4 * ids.length);
        for (int id : ids) {
            bytes.writeBytes(shown.apply(id));
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    @Override
    public final StreamDecoder streamDecoder(boolean showSpecial) {
        return new Utf8StreamDecoder(shown(showSpecial));
    }

    private IntFunction<byte[]> shown(boolean showSpecial) {
        return id -> {
            byte[] bytes = vocabulary.sharedBytes(id);
            Kind kind = vocabulary.kind(id);
            return showSpecial || kind != Kind.CONTROL && kind != Kind.UNKNOWN ? bytes : NOTHING;
        };
    }
}
