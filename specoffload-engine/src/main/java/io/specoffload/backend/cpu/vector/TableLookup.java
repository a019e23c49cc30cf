package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;

import io.specoffload.backend.cpu.FourBitTables;
import io.specoffload.backend.cpu.Memory;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;

/** Blocks of 32 nibbles that index a table of 16 bytes. */
final class TableLookup {

    static final ByteVector NON_LINEAR = table(true);
    static final ByteVector FP4 = table(false);

    private TableLookup() {}

    private static ByteVector table(boolean nonLinear) {
        byte[] bytes = new byte[16];
        for (int i = 0; i < 16; i++) {
            bytes[i] = nonLinear ? FourBitTables.nonLinear(i) : FourBitTables.doubledFp4(i);
        }
        return ByteVector.fromArray(ByteVector.SPECIES_128, bytes, 0);
    }

    /** out[i] = scale * table[low nibble of byte i], out[16 + i] = scale * table[its high nibble]. */
    static void decode32(ByteVector table, long address, float scale, float[] out, int offset, int vectorStride) {
        ByteVector packed =
                ByteVector.fromMemorySegment(ByteVector.SPECIES_128, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN);
        ByteVector low = packed.and((byte) 15).selectFrom(table);
        ByteVector high = packed.lanewise(VectorOperators.LSHR, 4).selectFrom(table);
        for (int part = 0; part < 16 / Lanes.L; part++) {
            int at = offset + part * vectorStride;
            floats(low, part).mul(scale).intoArray(out, at);
            floats(high, part).mul(scale).intoArray(out, at + 16 / Lanes.L * vectorStride);
        }
    }

    private static FloatVector floats(ByteVector bytes, int part) {
        return (FloatVector) bytes.convertShape(VectorOperators.B2F, F, part);
    }
}
