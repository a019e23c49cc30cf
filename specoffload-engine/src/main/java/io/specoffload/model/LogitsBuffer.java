package io.specoffload.model;

import io.specoffload.backend.Buffer;

/** Collects the logits of a batch on the host; its memory grows as needed and is reused. Not thread-safe. */
public final class LogitsBuffer {

    private final int vocabulary;
    private float[] values = new float[0];
    private int filled;

    public LogitsBuffer(int vocabulary) {
        this.vocabulary = vocabulary;
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

    /**
     * Takes logits of some tokens.
     *
     * @param source [n][count]
     * @param row the first row, counted from the latest {@link #advance}
     * @param from the first token
     */
    void put(Buffer source, int row, int n, int from, int count) {
        for (int i = 0; i < n; i++) {
            source.download(i * count, values, filled + (row + i) * vocabulary + from, count);
        }
    }

    /** So many rows are complete. */
    void advance(int rows) {
        filled += rows * vocabulary;
    }

    /** What was collected; valid until {@link #begin}. */
    public Logits result() {
        return new Logits(values, filled / vocabulary, vocabulary);
    }
}
