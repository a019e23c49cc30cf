package io.specoffload.model;

import io.specoffload.backend.Buffer;

/** Collects the logits of a batch on the host; its memory grows as needed and is reused. Not thread-safe. */
public final class LogitsBuffer {

    private final int vocabulary;
    private float[] values = new float[0];
    private int filled;
    private Logits result;

    public LogitsBuffer(int vocabulary) {
        this.vocabulary = vocabulary;
        this.result = new Logits(values, 0, vocabulary);
    }

    /**
     * Starts anew for {@code rows} rows.
     *
     * @throws IllegalArgumentException if so many do not fit an array
     */
    public void begin(int rows) {
        long needed = (long) rows * vocabulary;
        if (needed > Integer.MAX_VALUE - 16) {
            throw new IllegalArgumentException("logits of " + rows + " rows of " + vocabulary
                    + " do not fit one result; ask for fewer rows per batch");
        }
        if (values.length < needed) {
            values = new float[(int) needed];
        }
        filled = 0;
    }

    void append(Buffer source, int elements) {
        source.download(0, values, filled, elements);
        filled += elements;
    }

    /** What was collected; valid until {@link #begin}. */
    public Logits result() {
        int rows = filled / vocabulary;
        if (result.rows() != rows || result.values().length != values.length) {
            result = new Logits(values, rows, vocabulary);
        }
        return result;
    }
}
