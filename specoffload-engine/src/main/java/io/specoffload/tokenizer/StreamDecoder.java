package io.specoffload.tokenizer;

/**
 * Decodes a stream of tokens so that no half of a UTF-8 character is ever emitted: {@link #append} returns the
 * longest text that is complete, {@link #finish} what is left (incomplete bytes as U+FFFD). Not thread-safe.
 */
public interface StreamDecoder {

    String append(int id);

    String finish();
}
