package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;

import io.specoffload.backend.cpu.FourBitTables;
import io.specoffload.backend.cpu.Memory;
import java.nio.ByteOrder;
import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Blocks of 32 nibbles that index a table of 16 bytes. */
final class TableLookup {

    static final TableLookup NON_LINEAR = new TableLookup(true);
    static final TableLookup FP4 = new TableLookup(false);

    private final ByteVector bytes;

    /** The same numbers as floats, a vector of them; used where it holds all 16. */
    private final IntVector floats;

    private TableLookup(boolean nonLinear) {
        byte[] entries = new byte[16];
        float[] values = new float[16];
        for (int i = 0; i < 16; i++) {
            entries[i] = nonLinear ? FourBitTables.nonLinear(i) : FourBitTables.doubledFp4(i);
            values[i] = entries[i];
        }
        bytes = ByteVector.fromArray(ByteVector.SPECIES_128, entries, 0);
        floats = FloatVector.fromArray(F, values, 0).reinterpretAsInts();
    }

    /** out[i] = scale * table[low nibble of byte i], out[16 + i] = scale * table[its high nibble]. */
    void decode32(long address, float scale, float[] out, int offset, int vectorStride) {
        if (L == 16) {
            IntVector q = Lanes.unsignedBytes(address);
            IntVector low = q.and(15).selectFrom(floats);
            IntVector high = Lanes.right(q, 4).selectFrom(floats);
            low.reinterpretAsFloats().mul(scale).intoArray(out, offset);
            high.reinterpretAsFloats().mul(scale).intoArray(out, offset + vectorStride);
        } else {
            parts(address, scale, out, offset, vectorStride);
        }
    }

    private void parts(long address, float scale, float[] out, int offset, int vectorStride) {
        ByteVector packed =
                ByteVector.fromMemorySegment(ByteVector.SPECIES_128, Memory.ALL, address, ByteOrder.LITTLE_ENDIAN);
        ByteVector low = packed.and((byte) 15).selectFrom(bytes);
        ByteVector high = packed.lanewise(VectorOperators.LSHR, 4).selectFrom(bytes);
        for (int part = 0; part < 16 / L; part++) {
            int at = offset + part * vectorStride;
            floats(low, part).mul(scale).intoArray(out, at);
            floats(high, part).mul(scale).intoArray(out, at + 16 / L * vectorStride);
        }
    }

    private static FloatVector floats(ByteVector bytes, int part) {
        return (FloatVector) bytes.convertShape(VectorOperators.B2F, F, part);
    }
}
