package io.specoffload.backend.cpu.vector;

/** One thread's scratch memory, which grows as needed and is kept. */
final class Scratch {

    /** For {@link Tiles#multiply}. */
    final float[] partial = new float[Tiles.SCRATCH];

    /** For {@link Functions}. */
    final float[] chunk = new float[Functions.CHUNK];

    private float[] rows = new float[0];
    private float[] sums = new float[0];

    /** What {@link VectorFormat#unpack} makes of a row, after {@link #unpacked}. */
    byte[] bytes = new byte[0];

    float[] scales = new float[0];
    float[] minimums = new float[0];

    /** Makes room for unpacking so many elements. */
    void unpacked(int elements) {
        if (bytes.length < elements) {
            bytes = new byte[elements];
            scales = new float[elements / 16 + 16];
            minimums = new float[elements / 16 + 16];
        }
    }

    /** Decoded weights. */
    float[] rows(int floats) {
        if (rows.length < floats) {
            rows = new float[floats];
        }
        return rows;
    }

    /** Partial sums of dot products. */
    float[] sums(int floats) {
        if (sums.length < floats) {
            sums = new float[floats];
        }
        return sums;
    }
}
