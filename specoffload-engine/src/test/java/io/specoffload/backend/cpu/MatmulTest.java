package io.specoffload.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.backend.Backend;
import io.specoffload.backend.Buffer;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import io.specoffload.testing.OwnJvm;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class MatmulTest {

    static Stream<Arguments> typesAndWidths() {
        return Stream.of(DType.values())
                .flatMap(type -> Stream.of(0, 128, 256, 512).map(bits -> Arguments.of(type, bits)));
    }

    private static Backend backend(int threads, int bits) {
        return new CpuBackend(threads, KernelChoice.VECTOR, bits);
    }

    static float[] matmul(Backend backend, Tensor weight, float[] x, int n) {
        try (Buffer in = backend.allocate(x.length);
                Buffer out = backend.allocate(n * weight.rows() + 1)) {
            in.upload(x, 0, 0, x.length);
            float[] result = new float[n * weight.rows() + 1];
            result[n * weight.rows()] = 12345f;
            out.upload(result, 0, 0, result.length);
            backend.kernels().matmul(weight, in, n, out);
            out.download(0, result, 0, result.length);
            assertThat(result[n * weight.rows()]).as("past the end").isEqualTo(12345f);
            return Arrays.copyOf(result, n * weight.rows());
        }
    }

    private static int[] columnsOf(DType type) {
        return switch (type.blockSize()) {
            case 1 -> new int[] {1, 3, 4, 7, 8, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 100, 255, 256, 257};
            case 32 -> new int[] {32, 64, 96, 128, 160, 288};
            default -> new int[] {256, 512, 768};
        };
    }

    /** A product, each result summed in the documented order. */
    private static float[] canonical(float[] w, int rows, float[] x, int n, int columns) {
        float[] results = new float[n * rows];
        for (int i = 0; i < n * rows; i++) {
            results[i] = canonicalDot(w, i % rows * columns, x, i / rows * columns, columns);
        }
        return results;
    }

    /** The documented order of summation, spelled out. */
    private static float canonicalDot(float[] w, int wOffset, float[] x, int xOffset, int columns) {
        float[] partial = new float[32];
        int whole = columns / 32 * 32;
        for (int k = 0; k < whole; k++) {
            partial[k % 32] = Math.fma(w[wOffset + k], x[xOffset + k], partial[k % 32]);
        }
        for (int half = 16; half > 0; half /= 2) {
            for (int i = 0; i < half; i++) {
                partial[i] += partial[i + half];
            }
        }
        float tail = 0;
        for (int k = whole; k < columns; k++) {
            tail += w[wOffset + k] * x[xOffset + k];
        }
        return whole == columns ? partial[0] : partial[0] + tail;
    }

    /** Every result bit is defined: decoded weights, summed in the documented order, for every width and row count. */
    @ParameterizedTest
    @MethodSource("typesAndWidths")
    void everyBitIsAsDefined(DType type, int bits) {
        everyBitIsAsDefined(type, bits, Subnormals.ARE_FAST);
    }

    /** So it is with the loops for processors of the other kind than this one: see {@link Subnormals}. */
    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"F16", "Q4_K", "Q6_K"})
    void everyBitIsAsDefinedOnTheOtherKindOfProcessor(DType type) {
        IntStream.of(VectorWidth.preferredBits(), 512)
                .distinct()
                .forEach(bits -> everyBitIsAsDefined(type, bits, !Subnormals.ARE_FAST));
    }

    private static void everyBitIsAsDefined(DType type, int bits, boolean subnormals) {
        try (Backend backend = new CpuBackend(2, KernelChoice.VECTOR, bits, subnormals);
                Arena arena = Arena.ofConfined()) {
            for (int columns : columnsOf(type)) {
                for (int rows : new int[] {1, 5, 8, 18}) {
                    Tensor weight = TestWeights.random(arena, type, columns, rows, 31L * columns + rows);
                    float[] w = TestWeights.decoded(weight);
                    for (int n : new int[] {1, 2, 4, 5, 7, 9, 12, 13}) {
                        float[] x = TestWeights.gaussian(n * columns, n);
                        float[] expected = canonical(w, rows, x, n, columns);
                        assertThat(matmul(backend, weight, x, n))
                                .as("%d columns, %d rows, n = %d", columns, rows, n)
                                .containsExactly(expected);
                    }
                }
            }
        }
    }

    /** By machine code, where this processor has it, over sizes around every tile, group, piece, strip and panel. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void everyBitIsAsDefinedByTheFastestKernels(DType type) {
        try (Backend backend = new CpuBackend(2, KernelChoice.AUTO);
                Arena arena = Arena.ofConfined()) {
            for (int columns : new int[] {32, 64, 96, 256, 512, 2816, 5632}) {
                if (columns % type.blockSize() != 0) {
                    continue;
                }
                for (int rows : columns > 1000 ? new int[] {3, 67} : new int[] {1, 2, 3, 4, 5, 131, 300}) {
                    Tensor weight = TestWeights.random(arena, type, columns, rows, 31L * columns + rows);
                    float[] w = TestWeights.decoded(weight);
                    // the last number is more than are multiplied at once with 5632 inputs
                    for (int n : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 19, 20, 21, 50, rows == 3 ? 200 : 24}) {
                        float[] x = TestWeights.gaussian(n * columns, n);
                        float[] expected = canonical(w, rows, x, n, columns);
                        assertThat(matmul(backend, weight, x, n))
                                .as("%d columns, %d rows, n = %d", columns, rows, n)
                                .containsExactly(expected);
                    }
                }
            }
        }
    }

    /** So many rows that those of a pair are not half of the rows apart, for the sake of the memory, and some are left. */
    @ParameterizedTest
    @MethodSource("typesAndWidths")
    void pairsThatKeepOffWholePagesLeaveNoRowOut(DType type, int bits) {
        int columns = 256;
        try (Backend backend = backend(1, bits);
                Arena arena = Arena.ofConfined()) {
            for (int rows : new int[] {64, 129, 300}) {
                Tensor weight = TestWeights.random(arena, type, columns, rows, rows);
                float[] w = TestWeights.decoded(weight);
                for (int n : new int[] {1, 3}) {
                    float[] x = TestWeights.gaussian(n * columns, n);
                    float[] expected = canonical(w, rows, x, n, columns);
                    assertThat(matmul(backend, weight, x, n))
                            .as("%d rows, n = %d", rows, n)
                            .containsExactly(expected);
                }
            }
        }
    }

    /** Scales of super-blocks that are the largest, the smallest, negative or zero: some kernels compute with multiples of them by powers of two. */
    @ParameterizedTest
    @MethodSource("superBlocksAndWidths")
    void extremeScalesAreMultipliedExactly(DType type, int bits, int scaleAt, int minimumAt) {
        int columns = 512;
        float[] scales = {65504, -65504, 0x1p-24f, -0x1p-24f, 0, 0.003f, -0.003f};
        int rows = scales.length * scales.length;
        try (Backend backend = backend(1, bits);
                Arena arena = Arena.ofConfined()) {
            Tensor weight = TestWeights.random(arena, type, columns, rows, 7);
            long block = type.bytesFor(256);
            for (int i = 0; i < rows * columns / 256; i++) {
                int row = i / (columns / 256);
                putHalf(weight, i * block + scaleAt, scales[row % scales.length]);
                putHalf(weight, i * block + minimumAt, scales[row / scales.length]);
            }
            float[] w = TestWeights.decoded(weight);
            for (int n : new int[] {1, 2, 3, 4, 8, 13}) {
                float[] x = TestWeights.gaussian(n * columns, n);
                float[] expected = canonical(w, rows, x, n, columns);
                assertThat(matmul(backend, weight, x, n)).as("n = %d", n).containsExactly(expected);
            }
        }
    }

    private static void putHalf(Tensor weight, long at, float value) {
        weight.data().set(ValueLayout.JAVA_SHORT_UNALIGNED, at, Float.floatToFloat16(value));
    }

    static Stream<Arguments> superBlocksAndWidths() {
        return Stream.of(128, 256, 512)
                .flatMap(bits -> Stream.of(
                        Arguments.of(DType.Q4_K, bits, 0, 2),
                        Arguments.of(DType.Q5_K, bits, 0, 2),
                        Arguments.of(DType.Q6_K, bits, 208, 208)));
    }

    /** Each finite float16, subnormal ones among them, times 1 and zeros beside it: exact. */
    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512, 0})
    void everyFloat16IsMultipliedExactly(int bits) {
        int columns = 32;
        int rows = 65536 / columns;
        try (Backend backend = backend(2, bits);
                Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocate(2L * rows * columns, 64);
            float[] values = new float[rows * columns];
            for (int i = 0; i < values.length; i++) {
                short half = (short) i;
                // infinities and not-a-numbers become zeros
                short finite = (half & 0x7c00) == 0x7c00 ? 0 : half;
                data.set(ValueLayout.JAVA_SHORT_UNALIGNED, 2L * i, finite);
                values[i] = Float.float16ToFloat(finite);
            }
            Tensor weight = new Tensor("w", DType.F16, new Shape(columns, rows), data);
            for (int n : new int[] {1, 2, columns}) {
                for (int first = 0; first < columns; first += n) {
                    float[] x = new float[n * columns];
                    float[] expected = new float[n * rows];
                    for (int c = 0; c < n; c++) {
                        x[c * columns + first + c] = 1;
                        for (int row = 0; row < rows; row++) {
                            // a sum with zeros: no negative zero
                            expected[c * rows + row] = values[row * columns + first + c] + 0f;
                        }
                    }
                    assertThat(matmul(backend, weight, x, n)).as("n = %d", n).containsExactly(expected);
                }
            }
        }
    }

    /**
     * Against the oracle, which sums in double: the float sum of c products errs by at most about c/32 + 5 roundings of
     * the sum of their absolute values, each 2^-24; typically by the root of that. The bound leaves a factor above it.
     */
    @ParameterizedTest
    @EnumSource(DType.class)
    void agreesWithTheOracle(DType type) {
        try (Backend vector = backend(2, 0);
                Backend scalar = new CpuBackend(2, KernelChoice.SCALAR);
                Arena arena = Arena.ofConfined()) {
            int columns = 2048;
            int rows = 37;
            Tensor weight = TestWeights.random(arena, type, columns, rows, 5);
            float[] w = TestWeights.decoded(weight);
            for (int n : new int[] {1, 7}) {
                float[] x = TestWeights.gaussian(n * columns, n);
                float[] actual = matmul(vector, weight, x, n);
                float[] expected = matmul(scalar, weight, x, n);
                for (int i = 0; i < expected.length; i++) {
                    double absolute = 0;
                    for (int k = 0; k < columns; k++) {
                        absolute += Math.abs((double) w[i % rows * columns + k] * x[i / rows * columns + k]);
                    }
                    double bound = absolute * (columns / 32 + 6) * 0x1p-24;
                    assertThat((double) actual[i]).isCloseTo(expected[i], within(bound));
                }
            }
        }
    }

    /** More elements than are decoded at once, and more columns than are summed at once. */
    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512, 0})
    void longRowsAndManyColumnsAreSummedInTheSameOrder(int bits) {
        try (Backend backend = backend(3, bits);
                Arena arena = Arena.ofConfined()) {
            int columns = 2 * 1024 + 256;
            int rows = 21;
            int n = 259;
            for (DType type : new DType[] {DType.Q8_0, DType.Q6_K, DType.F16}) {
                Tensor weight = TestWeights.random(arena, type, columns, rows, 3);
                float[] w = TestWeights.decoded(weight);
                float[] x = TestWeights.gaussian(n * columns, n);
                float[] expected = canonical(w, rows, x, n, columns);
                assertThat(matmul(backend, weight, x, n)).as("%s", type).containsExactly(expected);
            }
        }
    }

    /**
     * In a JVM of its own: what the compiler keeps in registers depends on all that ran before, and no engine runs every
     * kernel at every width as these tests do.
     */
    @ParameterizedTest
    @CsvSource({"1, VECTOR", "4, VECTOR", "9, VECTOR", "1, AUTO", "9, AUTO", "50, AUTO"})
    void takesNoMemory(int n, KernelChoice kernels) throws IOException, InterruptedException {
        OwnJvm.Result result = OwnJvm.runUpToThrice(
                MatmulGarbage.class,
                Integer.toString(n),
                kernels.name(),
                Boolean.toString(Subnormals.ARE_FAST),
                "F16",
                "Q8_0",
                "Q4_0",
                "Q4_K",
                "Q6_K");
        assertThat(result.code()).as(result.output()).isZero();
    }

    /** The other kind of processor's loops are longer or shorter, and the compiler must keep their vectors in registers too. */
    @ParameterizedTest
    @ValueSource(ints = {1, 4})
    void loopsForTheOtherKindOfProcessorTakeNoMemory(int n) throws IOException, InterruptedException {
        OwnJvm.Result result = OwnJvm.runUpToThrice(
                MatmulGarbage.class,
                Integer.toString(n),
                KernelChoice.VECTOR.name(),
                Boolean.toString(!Subnormals.ARE_FAST),
                "Q4_K",
                "Q6_K");
        assertThat(result.code()).as(result.output()).isZero();
    }

    /** The oracle itself, against the definition. */
    @ParameterizedTest
    @EnumSource(DType.class)
    void theOracleMultiplies(DType type) {
        try (Backend scalar = new CpuBackend(3, KernelChoice.SCALAR);
                Arena arena = Arena.ofConfined()) {
            int columns = type.blockSize() == 1 ? 33 : 2 * type.blockSize();
            Tensor weight = TestWeights.random(arena, type, columns, 50, 5);
            float[] w = TestWeights.decoded(weight);
            float[] x = TestWeights.gaussian(3 * columns, 9);
            float[] actual = matmul(scalar, weight, x, 3);
            for (int i = 0; i < actual.length; i++) {
                double sum = 0;
                for (int k = 0; k < columns; k++) {
                    sum += (double) w[i % 50 * columns + k] * x[i / 50 * columns + k];
                }
                assertThat(actual[i]).isEqualTo((float) sum);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void aRowDependsNeitherOnItsNeighboursNorOnThreads(int scalarToo) {
        KernelChoice choice = scalarToo == 1 ? KernelChoice.SCALAR : KernelChoice.VECTOR;
        try (Arena arena = Arena.ofConfined()) {
            for (DType type : new DType[] {DType.F32, DType.F16, DType.Q8_0, DType.Q4_0, DType.Q6_K}) {
                int columns = 512;
                int rows = 83;
                Tensor weight = TestWeights.random(arena, type, columns, rows, 77);
                float[] x = TestWeights.gaussian(40 * columns, 3);
                float[] alone = new float[40 * rows];
                try (Backend one = new CpuBackend(1, choice)) {
                    for (int r = 0; r < 40; r++) {
                        float[] row = Arrays.copyOfRange(x, r * columns, (r + 1) * columns);
                        System.arraycopy(matmul(one, weight, row, 1), 0, alone, r * rows, rows);
                    }
                }
                for (int threads = 1; threads <= 4; threads++) {
                    try (Backend backend = new CpuBackend(threads, choice)) {
                        for (int n = 1; n <= 40; n++) {
                            assertThat(matmul(backend, weight, Arrays.copyOf(x, n * columns), n))
                                    .as("%s, n = %d, %d threads", type, n, threads)
                                    .containsExactly(Arrays.copyOf(alone, n * rows));
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void embeddingsAreDecodedRows(DType type) {
        try (Backend backend = backend(2, 0);
                Arena arena = Arena.ofConfined()) {
            int width = type.blockSize() == 1 ? 37 : 2 * type.blockSize();
            Tensor table = TestWeights.random(arena, type, width, 9, 4);
            float[] all = TestWeights.decoded(table);
            int[] tokens = {8, 0, 3, 3, 99};
            Buffer out = backend.allocate(4 * width);
            backend.kernels().embed(table, tokens, 4, out);
            for (int r = 0; r < 4; r++) {
                float[] row = new float[width];
                out.download(r * width, row, 0, width);
                assertThat(row).containsExactly(Arrays.copyOfRange(all, tokens[r] * width, (tokens[r] + 1) * width));
            }
            Buffer larger = backend.allocate(5 * width);
            assertThatThrownBy(() -> backend.kernels().embed(table, tokens, 5, larger))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("token 99");
        }
    }

    @Test
    void buffersThatAreTooShortOrClosedOrSharedAreRefused() {
        try (Backend backend = backend(1, 0);
                Arena arena = Arena.ofConfined()) {
            Tensor weight = TestWeights.random(arena, DType.F32, 8, 4, 1);
            Buffer x = backend.allocate(16);
            Buffer out = backend.allocate(7);
            assertThatThrownBy(() -> backend.kernels().matmul(weight, x, 2, out))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("8 floats");
            assertThatThrownBy(() -> backend.kernels().matmul(weight, x, 2, x))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("in place");
            x.close();
            assertThatThrownBy(() -> backend.kernels().matmul(weight, x, 1, out))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
        }
    }
}
