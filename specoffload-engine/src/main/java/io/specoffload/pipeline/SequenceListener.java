package io.specoffload.pipeline;

/**
 * Hears of one sequence on the pipeline's thread, so calls must return at once; what they do with the news is for
 * another thread. Any number of texts, then exactly one end.
 */
public interface SequenceListener {

    /** Decoded text that is final: complete characters, no part of a stop text. */
    void onText(String text);

    /** The end, by itself or by cancellation. */
    void onFinished(SequenceResult result);

    /** The engine failed on this sequence. */
    void onFailed(Throwable failure);
}
