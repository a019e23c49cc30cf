package io.specoffload.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.backend.cpu.WeightFormat;
import io.specoffload.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Written blocks, read back by the formats' own decoders. */
class BlocksTest {

    @ParameterizedTest
    @EnumSource(DType.class)
    void randomBlocksHaveTheWantedSizeAndNoBias(DType type) {
        for (double rms : new double[] {0.001, 0.02, 1}) {
            int blocks = 16384 / type.blockSize();
            float[] values = decode(type, RandomBlocks.of(type, blocks, rms, 7), 16384);
            double sum = 0;
            double squares = 0;
            for (float value : values) {
                sum += value;
                squares += (double) value * value;
            }
            // an exponent without mantissa is off by up to sqrt(2); the tables are centered only nearly
            double slack = type == DType.MXFP4 ? 0.45 : 0.12;
            assertThat(Math.sqrt(squares / values.length)).isCloseTo(rms, within(slack * rms));
            assertThat(sum / values.length).isCloseTo(0, within(0.2 * rms));
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void rowsOfSignsKeepThem(DType type) {
        DType stored = SignBlocks.typeFor(type, 512);
        SplittableRandom random = new SplittableRandom(3);
        long[] signs = random.longs(8).toArray();
        for (double magnitude : new double[] {64, 16.0 / 8192}) {
            ByteBuffer row = ByteBuffer.allocate((int) stored.bytesFor(512)).order(ByteOrder.LITTLE_ENDIAN);
            SignBlocks.append(row, stored, signs, 512, magnitude);
            assertThat(row.hasRemaining()).isFalse();
            float[] values = decode(stored, row.flip(), 512);
            for (int k = 0; k < 512; k++) {
                double sign = (signs[k / 64] >>> k % 64 & 1) == 1 ? 1 : -1;
                // float16 scales of the small magnitude are subnormal
                assertThat((double) values[k])
                        .as("%s %d", stored, k)
                        .isCloseTo(sign * magnitude, within(0.05 * magnitude));
            }
        }
    }

    private static float[] decode(DType type, ByteBuffer bytes, int elements) {
        float[] values = new float[elements];
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(bytes.remaining(), 64);
            memory.copyFrom(MemorySegment.ofBuffer(bytes));
            WeightFormat.of(type).decode(memory.address(), elements, values, 0);
        }
        return values;
    }
}
