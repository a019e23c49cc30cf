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

    /**
     * The dot product of a weight row and {@code columns} activations, in the order that {@link Tiles} defines.
     *
     * @param address of the row's first block
     * @param x activations, from {@code offset}
     * @param row scratch of at least {@code columns} floats
     */
    default float dot(long address, int columns, float[] x, int offset, float[] row) {
        decode(address, columns, row, 0);
        return Tiles.dot(row, 0, x, offset, columns);
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
