package io.specoffload.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.backend.Backend;
import io.specoffload.backend.Buffer;
import io.specoffload.backend.RopeTable;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.function.BiConsumer;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The operations beside matmul and attention. Width 1 stands for the scalar kernels. */
class KernelsTest {

    private static Backend backend(int bits, int threads) {
        return bits == 1
                ? new CpuBackend(threads, KernelChoice.SCALAR)
                : new CpuBackend(threads, KernelChoice.VECTOR, bits);
    }

    private static Buffer of(Backend backend, float[] values) {
        Buffer buffer = backend.allocate(values.length);
        buffer.upload(values, 0, 0, values.length);
        return buffer;
    }

    private static float[] values(Buffer buffer) {
        float[] values = new float[buffer.length()];
        buffer.download(0, values, 0, values.length);
        return values;
    }

    /** Values from tiny to beyond the range of exp, both signs, with one to spare that must stay untouched. */
    private static float[] arguments(int count) {
        float[] x = new float[count + 1];
        for (int i = 0; i < count; i++) {
            double magnitude = Math.pow(10, -6 + 8.2 * i / Math.max(1, count - 1));
            x[i] = (float) (i % 2 == 0 ? magnitude : -magnitude);
        }
        x[count] = 77f;
        return x;
    }

    /**
     * Checks an elementwise operation against its formula, at sizes around vector boundaries, and that an element's
     * result does not depend on where in the array it lies. Tolerance: e^x is good to about 4 roundings, and u roundings
     * of an argument u enlarge it by that much.
     */
    private static void elementwise(int bits, BiConsumer<Backend, float[][]> operation, DoubleUnaryOperator formula) {
        try (Backend backend = backend(bits, 2)) {
            float[] full = null;
            for (int count : new int[] {5000, 1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33}) {
                float[] x = Arrays.copyOfRange(arguments(5000), 5000 - count, 5001);
                float[] y = new float[count];
                Arrays.fill(y, 1.5f);
                float[][] both = {x.clone(), y};
                operation.accept(backend, both);
                assertThat(both[0][count]).isEqualTo(77f);
                for (int i = 0; i < count; i++) {
                    double expected = formula.applyAsDouble(x[i]);
                    assertThat((double) both[0][i])
                            .as("f(%s)", x[i])
                            .isCloseTo(expected, within(Math.abs(expected) * 1e-6 * (4 + Math.abs(x[i])) / 4 + 1e-30));
                }
                if (full == null) {
                    full = both[0];
                } else {
                    assertThat(both[0]).containsExactly(Arrays.copyOfRange(full, 5000 - count, 5001));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 128, 256, 512, 0})
    void swiglu(int bits) {
        elementwise(
                bits,
                (backend, xy) -> {
                    Buffer gate = of(backend, xy[0]);
                    backend.kernels().swiglu(gate, of(backend, xy[1]), xy[1].length);
                    xy[0] = values(gate);
                },
                x -> x < -87
                        ? 1.5 * x / (1 + Math.exp(Math.min(-x, bits == 1 ? 1e9 : 88)))
                        : 1.5 * x / (1 + Math.exp(-x)));
    }

    /** Both clamps at work. Tolerance: a few roundings of the exponential's argument, at most 1.702 * 7. */
    @ParameterizedTest
    @ValueSource(ints = {1, 128, 256, 512, 0})
    void clampedSwiglu(int bits) {
        try (Backend backend = backend(bits, 2)) {
            float[] x = TestWeights.gaussian(1999, 4);
            float[] y = TestWeights.gaussian(1999, 5);
            for (int i = 0; i < x.length; i++) {
                x[i] *= 6;
                y[i] *= 6;
            }
            Buffer gate = of(backend, x);
            backend.kernels().clampedSwiglu(gate, of(backend, y), 1.702f, 7f, x.length);
            float[] actual = values(gate);
            for (int i = 0; i < x.length; i++) {
                double g = Math.min(x[i], 7);
                double up = Math.max(-7, Math.min(7, y[i])) + 1;
                double expected = g / (1 + Math.exp(-1.702f * g)) * up;
                assertThat((double) actual[i])
                        .as("gate %s, up %s", x[i], y[i])
                        .isCloseTo(expected, within(8e-6 * Math.abs(expected) + 1e-30));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 128, 256, 512, 0})
    void gegluNearItsFormulaWhereItMatters(int bits) {
        try (Backend backend = backend(bits, 2)) {
            float[] x = TestWeights.gaussian(999, 4);
            Buffer gate = of(backend, x);
            Buffer up = of(backend, TestWeights.gaussian(999, 5));
            backend.kernels().geglu(gate, up, 999);
            float[] actual = values(gate);
            float[] factor = values(up);
            for (int i = 0; i < 999; i++) {
                double u = Math.sqrt(2 / Math.PI) * (x[i] + 0.044715 * Math.pow(x[i], 3));
                double expected = 0.5 * x[i] * (1 + Math.tanh(u)) * factor[i];
                assertThat((double) actual[i]).isCloseTo(expected, within(2e-6 * Math.abs(x[i] * factor[i])));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 128, 256, 512, 0})
    void gegluSaturates(int bits) {
        try (Backend backend = backend(bits, 1)) {
            Buffer gate = of(backend, new float[] {100, 20, -20, -100, 0});
            backend.kernels().geglu(gate, of(backend, new float[] {2, 2, 2, 2, 2}), 5);
            float[] actual = values(gate);
            assertThat(actual[0]).isEqualTo(200f);
            assertThat(actual[1]).isEqualTo(40f);
            assertThat(actual[2]).isCloseTo(0f, within(1e-30f));
            assertThat(actual[3]).isCloseTo(0f, within(1e-30f));
            assertThat(actual[4]).isEqualTo(0f);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 128, 256, 512, 0})
    void softCap(int bits) {
        elementwise(
                bits,
                (backend, xy) -> {
                    Buffer x = of(backend, xy[0]);
                    backend.kernels().softCap(x, 30f, xy[1].length);
                    xy[0] = values(x);
                },
                x -> 30 * Math.tanh(x / 30));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 128, 256, 512, 0})
    void addAndScale(int bits) {
        try (Backend backend = backend(bits, 3)) {
            for (int count : new int[] {0, 1, 15, 17, 100_000}) {
                float[] a = TestWeights.gaussian(count + 1, 1);
                float[] b = TestWeights.gaussian(count + 1, 2);
                Buffer x = of(backend, a);
                backend.kernels().add(x, of(backend, b), count);
                backend.kernels().scale(x, 0.3f, count);
                float[] actual = values(x);
                for (int i = 0; i < count; i++) {
                    assertThat(actual[i]).isEqualTo((a[i] + b[i]) * 0.3f);
                }
                assertThat(actual[count]).isEqualTo(a[count]);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 0})
    void addBias(int bits) {
        try (Backend backend = backend(bits, 2);
                Arena arena = Arena.ofConfined()) {
            Tensor bias = TestWeights.random(arena, DType.F32, 19, 1, 3);
            float[] b = TestWeights.decoded(bias);
            float[] a = TestWeights.gaussian(3 * 19, 1);
            Buffer x = of(backend, a);
            backend.kernels().addBias(x, bias, 2);
            float[] actual = values(x);
            for (int i = 0; i < 57; i++) {
                assertThat(actual[i]).isEqualTo(i < 38 ? a[i] + b[i % 19] : a[i]);
            }
        }
    }

    /** Tolerance: the mean of squares of up to 260 numbers errs by a few roundings, halved by the root. */
    @ParameterizedTest
    @ValueSource(ints = {1, 128, 256, 512, 0})
    void rmsNorm(int bits) {
        try (Backend backend = backend(bits, 2);
                Arena arena = Arena.ofConfined()) {
            for (int width : new int[] {1, 7, 16, 31, 32, 33, 64, 260}) {
                Tensor weight = TestWeights.random(arena, DType.F32, width, 1, width);
                float[] w = TestWeights.decoded(weight);
                float[] x = TestWeights.gaussian(5 * width, 9);
                Buffer in = of(backend, x);
                Buffer out = backend.allocate(5 * width);
                backend.kernels().rmsNorm(in, weight, 1e-5f, 5, out);
                float[] actual = values(out);
                for (int g = 0; g < 5; g++) {
                    double squares = 0;
                    for (int i = 0; i < width; i++) {
                        squares += (double) x[g * width + i] * x[g * width + i];
                    }
                    for (int i = 0; i < width; i++) {
                        double expected = x[g * width + i] / Math.sqrt(squares / width + 1e-5f) * w[i];
                        assertThat((double) actual[g * width + i])
                                .isCloseTo(expected, within(1e-6 * Math.abs(expected)));
                    }
                }
                backend.kernels().rmsNorm(in, weight, 1e-5f, 5, in);
                assertThat(values(in)).as("in place").containsExactly(actual);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 0})
    void ropeRotatesPairs(int bits) {
        try (Backend backend = backend(bits, 2)) {
            for (boolean interleaved : new boolean[] {true, false}) {
                float[] frequencies = {1f, 0.1f, 0.01f};
                int[] positions = {0, 5, 1000, 77};
                // heads of 8 with 6 rotated dimensions: the last two stay
                float[] x = TestWeights.gaussian(4 * 2 * 8, 6);
                Buffer buffer = of(backend, x);
                backend.kernels().rope(buffer, positions, 4, 2, 8, new RopeTable(frequencies, 1.25f, interleaved));
                float[] actual = values(buffer);
                for (int row = 0; row < 4; row++) {
                    for (int head = 0; head < 2; head++) {
                        int at = (row * 2 + head) * 8;
                        for (int i = 0; i < 3; i++) {
                            int a = at + (interleaved ? 2 * i : i);
                            int b = at + (interleaved ? 2 * i + 1 : i + 3);
                            double angle = positions[row] * (double) frequencies[i];
                            assertThat((double) actual[a])
                                    .isCloseTo(1.25 * (x[a] * Math.cos(angle) - x[b] * Math.sin(angle)), within(2e-6));
                            assertThat((double) actual[b])
                                    .isCloseTo(1.25 * (x[a] * Math.sin(angle) + x[b] * Math.cos(angle)), within(2e-6));
                        }
                        assertThat(actual[at + 6]).isEqualTo(x[at + 6]);
                        assertThat(actual[at + 7]).isEqualTo(x[at + 7]);
                    }
                }
            }
        }
    }

    @Test
    void ropeRefusesMoreDimensionsThanAHeadHas() {
        try (Backend backend = backend(0, 1)) {
            Buffer x = backend.allocate(8);
            assertThatThrownBy(
                            () -> backend.kernels().rope(x, new int[1], 1, 1, 8, new RopeTable(new float[5], 1f, true)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("10");
        }
    }

    @Test
    void gatherRows() {
        try (Backend backend = backend(0, 1)) {
            Buffer x = of(backend, new float[] {0, 1, 10, 11, 20, 21});
            Buffer out = backend.allocate(8);
            backend.kernels().gatherRows(x, new int[] {2, 0, 2}, 3, 2, out);
            assertThat(values(out)).containsExactly(20, 21, 0, 1, 20, 21, 0, 0);
        }
    }

    @Test
    void aBufferOfAnotherBackendIsRefused() {
        try (Backend backend = backend(0, 1)) {
            Buffer foreign = new Buffer() {
                @Override
                public int length() {
                    return 4;
                }

                @Override
                public void upload(float[] source, int from, int offset, int count) {}

                @Override
                public void download(int offset, float[] target, int to, int count) {}

                @Override
                public void close() {}
            };
            assertThatThrownBy(() -> backend.kernels().scale(foreign, 1f, 4))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("CPU backend");
        }
    }
}
