package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.VectorWidth;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorShuffle;
import jdk.incubator.vector.VectorSpecies;

/**
 * The vector width of this copy of the package, as constants, and what every kernel needs on top of the Vector API.
 * The compiler turns vector operations into instructions only where it sees their species as a constant.
 */
final class Lanes {

    /** Vectors of floats: 4, 8 or 16 lanes. */
    static final VectorSpecies<Float> F =
            VectorSpecies.of(float.class, VectorShape.forBitSize(VectorWidth.bits(Lanes.class)));

    static final VectorSpecies<Integer> I = F.withLanes(int.class);

    /** Floats per vector. */
    static final int L = F.length();

    /** Vectors per 32 floats. */
    static final int STEPS = 32 / L;

    private static final VectorSpecies<Short> SHORTS = VectorSpecies.of(short.class, VectorShape.forBitSize(16 * L));

    /** There are no vectors of 4 bytes: with 4 lanes, bytes are taken out of an int. */
    private static final VectorSpecies<Byte> BYTES =
            VectorSpecies.of(byte.class, VectorShape.forBitSize(Math.max(64, 8 * L)));

    private static final VarHandle INTS = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);

    private static final IntVector BYTE_SHIFTS = IntVector.fromArray(I, byteShifts(), 0);

    private static final IntVector LANE_NUMBERS = IntVector.zero(I).addIndex(1);

    private static final VectorShuffle<Float> SWAP_8 = VectorShuffle.fromOp(F, i -> i ^ 8 & L - 1);
    private static final VectorShuffle<Float> SWAP_4 = VectorShuffle.fromOp(F, i -> i ^ 4 & L - 1);
    private static final VectorShuffle<Float> SWAP_2 = VectorShuffle.fromOp(F, i -> i ^ 2);
    private static final VectorShuffle<Float> SWAP_1 = VectorShuffle.fromOp(F, i -> i ^ 1);

    private Lanes() {}

    private static int[] byteShifts() {
        int[] shifts = new int[L];
        for (int i = 0; i < L; i++) {
            shifts[i] = 8 * (i & 3);
        }
        return shifts;
    }

    /** L unsigned bytes. */
    static IntVector unsignedBytes(long address) {
        if (L == 4) {
            return IntVector.broadcast(I, Memory.intAt(address))
                    .lanewise(VectorOperators.LSHR, BYTE_SHIFTS)
                    .and(0xff);
        }
        return (IntVector) ByteVector.fromMemorySegment(BYTES, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.ZERO_EXTEND_B2I, I, 0);
    }

    /**
     * Vector {@code step} of the 32 nibbles of 16 bytes, of which byte i holds nibble i below nibble 16 + i.
     */
    static IntVector nibbles(long address, int step) {
        // one path for both halves: two would double what the compiler has to inline
        int vectors = STEPS / 2;
        return right(unsignedBytes(address + (step & vectors - 1) * L), 4 * (step / vectors))
                .and(15);
    }

    /** L signed bytes, as floats. */
    static FloatVector signedBytes(long address) {
        if (L == 4) {
            return toFloat(right24(IntVector.broadcast(I, Memory.intAt(address))
                    .lanewise(VectorOperators.LSHR, BYTE_SHIFTS)
                    .lanewise(VectorOperators.LSHL, 24)));
        }
        return (FloatVector) ByteVector.fromMemorySegment(BYTES, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.B2F, F, 0);
    }

    private static IntVector right24(IntVector v) {
        return v.lanewise(VectorOperators.ASHR, 24);
    }

    /** L signed bytes of an array, as floats. */
    static FloatVector signedBytes(byte[] bytes, int at) {
        if (L == 4) {
            return toFloat(right24(IntVector.broadcast(I, (int) INTS.get(bytes, at))
                    .lanewise(VectorOperators.LSHR, BYTE_SHIFTS)
                    .lanewise(VectorOperators.LSHL, 24)));
        }
        return (FloatVector) ByteVector.fromArray(BYTES, bytes, at).convertShape(VectorOperators.B2F, F, 0);
    }

    /** L unsigned 16-bit integers. */
    static IntVector unsignedShorts(long address) {
        return (IntVector) ShortVector.fromMemorySegment(SHORTS, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.ZERO_EXTEND_S2I, I, 0);
    }

    /** L signed 16-bit integers. */
    static IntVector signedShorts(long address) {
        return (IntVector) ShortVector.fromMemorySegment(SHORTS, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN)
                .convertShape(VectorOperators.S2I, I, 0);
    }

    /** The table's lane at each index, of which the lowest bits count. */
    static FloatVector lookUp(IntVector indices, FloatVector table) {
        return indices.selectFrom(table.reinterpretAsInts()).reinterpretAsFloats();
    }

    /** Lane i becomes bit i of an integer, moved to position {@code shift}. */
    static IntVector bits(int bits, int shift) {
        IntVector lanes = IntVector.broadcast(I, bits).lanewise(VectorOperators.LSHR, LANE_NUMBERS);
        return left(lanes.and(1), shift);
    }

    static IntVector left(IntVector v, int bits) {
        return v.lanewise(VectorOperators.LSHL, bits);
    }

    static IntVector right(IntVector v, int bits) {
        return v.lanewise(VectorOperators.LSHR, bits);
    }

    static FloatVector toFloat(IntVector v) {
        return (FloatVector) v.convert(VectorOperators.I2F, 0);
    }

    /**
     * The sum of 64 floats as the fixed tree i + (i + 32), then + 16, 8, 4, 2, 1: the same for every vector width. {@code
     * reduceLanes} would not do: its order of additions is unspecified, and in fact differs between interpreted and compiled
     * code. Written without helpers that take or return vectors: within a large caller the compiler may refuse to inline
     * them, and then their vectors are boxed.
     */
    static float sum64(float[] x, int offset) {
        FloatVector sum = FloatVector.fromArray(F, x, offset).add(FloatVector.fromArray(F, x, offset + 32));
        FloatVector other = FloatVector.fromArray(F, x, offset + 16).add(FloatVector.fromArray(F, x, offset + 48));
        if (L == 16) {
            sum = sum.add(other);
            sum = sum.add(sum.rearrange(SWAP_8));
        } else if (L == 8) {
            FloatVector upper = FloatVector.fromArray(F, x, offset + 8)
                    .add(FloatVector.fromArray(F, x, offset + 40))
                    .add(FloatVector.fromArray(F, x, offset + 24).add(FloatVector.fromArray(F, x, offset + 56)));
            sum = sum.add(other).add(upper);
        } else {
            return narrowSum64(x, offset);
        }
        sum = sum.add(sum.rearrange(SWAP_4));
        sum = sum.add(sum.rearrange(SWAP_2));
        return sum.add(sum.rearrange(SWAP_1)).lane(0);
    }

    /** The same with 4 lanes. */
    private static float narrowSum64(float[] x, int offset) {
        return sum(quarter(x, offset)
                .add(quarter(x, offset + 8))
                .add(quarter(x, offset + 4).add(quarter(x, offset + 12))));
    }

    /** Vectors i + (i + 32) and i + 16 + (i + 48). */
    private static FloatVector quarter(float[] x, int i) {
        return FloatVector.fromArray(F, x, i)
                .add(FloatVector.fromArray(F, x, i + 32))
                .add(FloatVector.fromArray(F, x, i + 16).add(FloatVector.fromArray(F, x, i + 48)));
    }

    /** {@link #sum(FloatVector)} of L floats; a call that takes no vector costs little if the compiler does not inline it. */
    static float sum(float[] x, int offset) {
        return sum(FloatVector.fromArray(F, x, offset));
    }

    /** The sum of a vector's lanes as the fixed tree i + (i + L/2), ... */
    static float sum(FloatVector v) {
        FloatVector sum = v;
        if (L == 16) {
            sum = sum.add(sum.rearrange(SWAP_8));
        }
        if (L >= 8) {
            sum = sum.add(sum.rearrange(SWAP_4));
        }
        sum = sum.add(sum.rearrange(SWAP_2));
        sum = sum.add(sum.rearrange(SWAP_1));
        return sum.lane(0);
    }
}
