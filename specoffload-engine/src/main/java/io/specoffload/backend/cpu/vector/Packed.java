package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.L;

import io.specoffload.backend.cpu.Memory;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * Small integers that share bytes, taken apart many at a time: as vectors of ints whose four bytes are four integers, since
 * processors shift nothing smaller than 16 bits.
 */
final class Packed {

    /** Bytes per vector: 16 or 32; formats pack runs of 32. */
    static final int BYTES = Math.min(32, 4 * L);

    private static final VectorSpecies<Integer> I = VectorSpecies.of(int.class, VectorShape.forBitSize(8 * BYTES));

    private Packed() {}

    /** {@link #BYTES} bytes. */
    static IntVector load(long address) {
        return IntVector.fromMemorySegment(I, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN);
    }

    /** The bits of a mask of every byte. */
    static IntVector and(IntVector v, int mask) {
        return v.and(mask * 0x01010101);
    }

    /** Bits {@code shift} and up of every byte, as far as a mask selects them. */
    static IntVector right(IntVector v, int shift, int mask) {
        return and(v.lanewise(VectorOperators.LSHR, shift), mask);
    }

    /** Every byte moved up, as far as a mask selects the result. */
    static IntVector left(IntVector v, int shift, int mask) {
        return and(v.lanewise(VectorOperators.LSHL, shift), mask);
    }

    static void store(IntVector v, byte[] out, int at) {
        v.reinterpretAsBytes().intoArray(out, at);
    }

    /** Stores every byte less a number. */
    static void store(IntVector v, int less, byte[] out, int at) {
        ByteVector bytes = v.reinterpretAsBytes();
        bytes.sub((byte) less).intoArray(out, at);
    }
}
