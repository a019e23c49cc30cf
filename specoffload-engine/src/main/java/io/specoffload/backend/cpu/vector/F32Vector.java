package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** Plain float32. */
final class F32Vector implements VectorFormat {

    private static final ValueLayout.OfFloat LAYOUT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    @Override
    public DType type() {
        return DType.F32;
    }

    @Override
    public void decode(long address, int elements, float[] out, int offset) {
        MemorySegment.copy(Memory.ALL, LAYOUT, address, out, offset, elements);
    }
}
