package io.specoffload.tokenizer;

/** Text to token ids and back. Immutable and thread-safe. */
public interface Tokenizer {

    Vocabulary vocabulary();

    /**
     * Encodes text.
     *
     * @param addSpecial add BOS and EOS as the file's rules say
     * @param parseSpecial read the names of control tokens in the text as these tokens, else as plain text
     */
    int[] encode(String text, boolean addSpecial, boolean parseSpecial);

    /**
     * Decodes ids to text; control tokens are left out unless {@code showSpecial}. Bytes that form no UTF-8 become
     * U+FFFD.
     */
    String decode(int[] ids, boolean showSpecial);

    /**
     * Decodes a whole text, not a continuation: like {@link #decode} without special tokens, and a space that encoding
     * puts in front of every text is taken away again.
     */
    default String decodeText(int[] ids) {
        return decode(ids, false);
    }

    /** A decoder for tokens that arrive one by one; control tokens are left out unless {@code showSpecial}. */
    StreamDecoder streamDecoder(boolean showSpecial);
}
