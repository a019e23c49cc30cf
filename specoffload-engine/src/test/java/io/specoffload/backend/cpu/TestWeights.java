package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;

/** Random weights: every quantized bit pattern is possible, scales are moderate numbers. */
final class TestWeights {

    private TestWeights() {}

    static Tensor random(Arena arena, DType type, int columns, int rows, long seed) {
        Random random = new Random(seed);
        Shape shape = new Shape(columns, rows);
        int bytes = Math.toIntExact(type.bytesFor(shape.elements()));
        // one byte past alignment: tensors lie where the file has them
        MemorySegment memory = arena.allocate(bytes + 1L, 64).asSlice(1, bytes);
        byte[] content = new byte[bytes];
        random.nextBytes(content);
        MemorySegment.copy(content, 0, memory, ValueLayout.JAVA_BYTE, 0, bytes);
        for (long at = 0; at < bytes; at += type.blockBytes()) {
            switch (type) {
                case F32 -> memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, at, (float) random.nextGaussian());
                case F16 -> half(memory, at, (float) random.nextGaussian() * (random.nextInt(4) == 0 ? 1e-5f : 1));
                case BF16 ->
                    memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, (short)
                            (Float.floatToIntBits((float) random.nextGaussian()) >>> 16));
                case Q8_0, Q4_0, Q5_0, IQ4_NL, IQ4_XS -> half(memory, at, scale(random));
                case Q4_1, Q5_1, Q4_K, Q5_K -> {
                    half(memory, at, scale(random));
                    half(memory, at + 2, scale(random));
                }
                case Q2_K -> {
                    half(memory, at + 80, scale(random));
                    half(memory, at + 82, scale(random));
                }
                case Q3_K -> half(memory, at + 108, scale(random));
                case Q6_K -> half(memory, at + 208, scale(random));
                case MXFP4 -> memory.set(ValueLayout.JAVA_BYTE, at, (byte) (120 + random.nextInt(8)));
            }
        }
        return new Tensor("random." + type, type, shape, memory);
    }

    private static float scale(Random random) {
        return (random.nextFloat() - 0.5f) / 8;
    }

    private static void half(MemorySegment memory, long at, float value) {
        memory.set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16(value));
    }

    /** Standard normal numbers. */
    static float[] gaussian(int count, long seed) {
        Random random = new Random(seed);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    static float[] decoded(Tensor weight) {
        float[] values = new float[Math.toIntExact(weight.shape().elements())];
        WeightFormat.of(weight.type()).decode(weight.data().address(), values.length, values, 0);
        return values;
    }
}
