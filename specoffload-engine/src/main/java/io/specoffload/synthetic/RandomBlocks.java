package io.specoffload.synthetic;

import io.specoffload.backend.cpu.WeightFormat;
import io.specoffload.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * Random blocks of one element type whose decoded values have a given standard deviation and a mean near zero: random
 * bytes, with the fields that scale a block set to fit. Block layouts are those of the GGML formats.
 */
final class RandomBlocks {

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Six-bit scales and minimums of 32 for eight sub-blocks, as Q4_K and Q5_K pack them. */
    private static final byte[] MIDDLE_SCALES = {32, 32, 32, 32, 32, 32, 32, 32, 0, 0, 0, 0};

    static {
        // the upper four sub-blocks: low nibbles in bytes 8 to 11, the two high bits on top of bytes 0 to 7
        for (int i = 0; i < 8; i++) {
            MIDDLE_SCALES[i] = (byte) (32 | (32 >> 4 << 6));
        }
    }

    private final DType type;
    private final double deviation;
    private final double scale;

    /**
     * @param deviation standard deviation of the decoded values
     */
    RandomBlocks(DType type, double deviation) {
        this.type = type;
        this.deviation = deviation;
        this.scale = deviation / unitDeviation();
    }

    /** Fills whole blocks. */
    void fill(MemorySegment out, SplittableRandom random) {
        fill(out, random, scale);
    }

    private void fill(MemorySegment out, SplittableRandom random, double scale) {
        if (type.isFloat()) {
            fillFloats(out, random);
            return;
        }
        long i = 0;
        for (; i + 8 <= out.byteSize(); i += 8) {
            out.set(ValueLayout.JAVA_LONG_UNALIGNED, i, random.nextLong());
        }
        for (; i < out.byteSize(); i++) {
            out.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
        }
        for (long block = 0; block < out.byteSize(); block += type.blockBytes()) {
            // codes such as -4 to 3 are not centred: with scales of either sign their mean is zero all the same
            setScales(out.asSlice(block, type.blockBytes()), random.nextBoolean() ? scale : -scale);
        }
    }

    private void fillFloats(MemorySegment out, SplittableRandom random) {
        double width = Math.sqrt(12) * deviation;
        for (long i = 0; i < out.byteSize(); i += type.blockBytes()) {
            float value = (float) ((random.nextDouble() - 0.5) * width);
            switch (type) {
                case F32 -> out.set(FLOAT, i, value);
                case F16 -> out.set(SHORT, i, Float.floatToFloat16(value));
                default -> out.set(SHORT, i, (short) (Float.floatToRawIntBits(value) >>> 16));
            }
        }
    }

    private void setScales(MemorySegment block, double d) {
        short half = Float.floatToFloat16((float) d);
        switch (type) {
            case Q8_0, Q4_0, Q5_0, IQ4_NL -> block.set(SHORT, 0, half);
            case Q4_1 -> {
                block.set(SHORT, 0, half);
                block.set(SHORT, 2, Float.floatToFloat16((float) (-7.5 * d)));
            }
            case Q5_1 -> {
                block.set(SHORT, 0, half);
                block.set(SHORT, 2, Float.floatToFloat16((float) (-15.5 * d)));
            }
            case Q2_K -> {
                block.asSlice(0, 16).fill((byte) 0x88);
                block.set(SHORT, 80, half);
                block.set(SHORT, 82, Float.floatToFloat16((float) (1.5 * d)));
            }
            case Q3_K -> {
                // six-bit scales of 48, that is 16 after the offset: low nibbles 0, high bits 3
                block.asSlice(96, 8).fill((byte) 0);
                block.asSlice(104, 4).fill((byte) 0xFF);
                block.set(SHORT, 108, half);
            }
            case Q4_K -> setMiddleScales(block, half, 7.5 * d);
            case Q5_K -> setMiddleScales(block, half, 15.5 * d);
            case Q6_K -> {
                block.asSlice(192, 16).fill((byte) 16);
                block.set(SHORT, 208, half);
            }
            case IQ4_XS -> {
                // six-bit scales of 48, that is 16 after the offset: high bits 3, low nibbles 0
                block.set(SHORT, 0, half);
                block.set(SHORT, 2, (short) 0xFFFF);
                block.asSlice(4, 4).fill((byte) 0);
            }
            case MXFP4 ->
                block.set(ValueLayout.JAVA_BYTE, 0, (byte)
                        Math.clamp(127 + Math.round(Math.log(Math.abs(d)) / Math.log(2)), 1, 254));
            case F32, F16, BF16 -> throw new IllegalStateException(type + " has no scales");
        }
    }

    private static void setMiddleScales(MemorySegment block, short d, double minimum) {
        block.set(SHORT, 0, d);
        block.set(SHORT, 2, Float.floatToFloat16((float) minimum));
        MemorySegment.copy(MIDDLE_SCALES, 0, block, ValueLayout.JAVA_BYTE, 4, MIDDLE_SCALES.length);
    }

    /** What blocks with a scale of 1 decode to. */
    private double unitDeviation() {
        if (type.isFloat()) {
            return 1;
        }
        int blocks = 4096 / type.blockSize();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sample = arena.allocate((long) blocks * type.blockBytes());
            fill(sample, new SplittableRandom(1), 1);
            float[] values = new float[blocks * type.blockSize()];
            WeightFormat.of(type).decode(sample.address(), values.length, values, 0);
            double squares = 0;
            for (float value : values) {
                squares += (double) value * value;
            }
            return Math.sqrt(squares / values.length);
        }
    }
}
