package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.WeightFormat;
import io.specoffload.tensor.DType;

/** An element type's vector decoder: the same floats as the scalar one's, bit for bit. */
interface VectorFormat extends WeightFormat {

    /**
     * Decodes consecutive elements and spreads them: the i-th vector of the g-th 32 elements goes to {@code offset + g *
     * groupStride + i * vectorStride}.
     *
     * @param address of the first block
     * @param elements how many; whole blocks and a multiple of 32
     */
    void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride);

    @Override
    default void decode(long address, int elements, float[] out, int offset) {
        pack(address, elements, out, offset, 32, Lanes.L);
    }

    /** Whether {@link #unpack} is to be called before {@link #dot}, and {@link #unpackPair} before {@link #dots}. */
    default boolean isUnpacked() {
        return false;
    }

    /**
     * Takes a weight row apart, to {@link Scratch#bytes} and its neighbours, as far as {@link #dot} wants it. A step of its own because
     * the compiler stops inlining in loops that do both.
     *
     * @param address of the row's first block
     */
    default void unpack(long address, int columns, Scratch scratch) {}

    /** The same for both rows of {@link #dots}, in one loop: while it waits for the memory of the one, that of the other is on its way. */
    default void unpackPair(long first, long second, int columns, Scratch scratch) {}

    /**
     * The dot product of a weight row and {@code columns} activations, in the order that {@link Tiles} defines.
     *
     * @param address of the row's first block
     */
    default float dot(long address, int columns, float[] x, Scratch scratch) {
        float[] row = scratch.rows(columns);
        decode(address, columns, row, 0);
        return Tiles.dot(row, 0, x, 0, columns);
    }

    /**
     * Whether touching rows ({@link Scratch#touch}) before {@link #dot} or {@link #dots} may pay, so that it is tried ({@link TouchTrial}): where decoding takes many operations
     * for few bytes. It costs time elsewhere, with narrower vectors too (docs/performance-notes.md).
     */
    default boolean isTouched() {
        return Lanes.L == 16 && isUnpacked();
    }

    /** Whether {@link #dots} is faster than {@link #dot} twice. */
    default boolean isPaired() {
        return false;
    }

    /**
     * The dot products of two weight rows, which lie far apart, with a multiple of 32 activations.
     *
     * @param out receives two floats
     */
    default void dots(long first, long second, int columns, float[] x, Scratch scratch, float[] out) {
        throw new UnsupportedOperationException("rows of " + type() + " are multiplied one by one");
    }

    /** The vector decoder of a type. */
    static VectorFormat of(DType type) {
        return switch (type) {
            case F32 -> new F32Vector();
            case F16 -> new F16Vector();
            case BF16 -> new Bf16Vector();
            case Q8_0 -> new Q8_0Vector();
            case Q4_0 -> new Q4_0Vector();
            case Q4_1 -> new Q4_1Vector();
            case Q5_0 -> new Q5_0Vector();
            case Q5_1 -> new Q5_1Vector();
            case Q2_K -> new Q2_KVector();
            case Q3_K -> new Q3_KVector();
            case Q4_K -> new Q4_KVector();
            case Q5_K -> new Q5_KVector();
            case Q6_K -> new Q6_KVector();
            case IQ4_NL -> new Iq4_NLVector();
            case IQ4_XS -> new Iq4_XSVector();
            case MXFP4 -> new Mxfp4Vector();
        };
    }
}
