package io.specoffload.calibration;

import io.specoffload.backend.Backend;
import io.specoffload.backend.Buffer;
import io.specoffload.hardware.ComputeCurve;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.DoubleConsumer;
import java.util.function.LongSupplier;

/**
 * Measures matrix products through a backend's own kernels, with weights that are read from memory as a model's are: the
 * weights together exceed the caches, and each product goes on where the last one ended.
 */
public final class MatmulProbe implements ComputeProbe {

    /** The usual types of weights, where it is not known which ones will be used. */
    public static final List<DType> USUAL_TYPES =
            List.of(DType.F16, DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.Q6_K, DType.F32);

    private static final int MOST_TYPES = 5;
    private static final int[] COLUMNS = {1, 4, 8, 16, 32, 128};
    /** One of each way to compute a product. */
    private static final int[] WARM_COLUMNS = {32, 8, 4, 1};

    private static final int WARM_ROUNDS = 3;
    private static final double WARM_SHARE = 0.2;
    private static final double SETTLE_SHARE = 0.5;
    private static final double MEASURED_SHARE = 0.3;

    /** On a busy machine the last types are left out rather than to keep everybody waiting. */
    private static final double LATE = 1.5;

    /** Inputs of the matrix, whole blocks of every type. */
    private static final int WIDTH = 4096;

    private static final long WEIGHT_BYTES = 64L << 20;
    private static final long LEAST_BYTES = 4L << 20;
    private static final int LEAST_ROWS = 8;
    private static final int MOST_SAMPLES = 64;

    /** Products are cut to about this, so that a cell's time holds several. */
    private static final double PRODUCT_SECONDS = 0.005;

    private final Backend backend;
    private final int vectorBits;
    private final LongSupplier nanoTime;
    private final DoubleConsumer settle;
    private final List<DType> types;

    /**
     * A probe of a backend, which stays the caller's.
     *
     * @param vectorBits bits of the vectors that the backend's kernels compute with; 0 for none
     * @param nanoTime clock
     * @param settle waits until the kernels that ran are compiled, for at most so many seconds
     * @param types to measure, the most important ones first; those that the backend lacks are left out. Of others,
     *     {@link io.specoffload.hardware.HostSpec#compute} tells
     */
    public MatmulProbe(
            Backend backend, int vectorBits, LongSupplier nanoTime, DoubleConsumer settle, Collection<DType> types) {
        this.backend = backend;
        this.vectorBits = vectorBits;
        this.nanoTime = nanoTime;
        this.settle = settle;
        this.types = types.stream()
                .filter(backend.kernels().weightTypes()::contains)
                .limit(MOST_TYPES)
                .toList();
    }

    @Override
    public String identity() {
        return backend.description() + ", " + types;
    }

    @Override
    public int vectorBits() {
        return vectorBits;
    }

    @Override
    public Map<DType, ComputeCurve> measure(double seconds, long mostBytes) {
        try (Arena arena = Arena.ofShared();
                Buffer x = activations()) {
            MemorySegment bytes = weights(arena, Math.clamp(mostBytes, LEAST_BYTES, WEIGHT_BYTES));
            Map<DType, Matrix> matrices = new EnumMap<>(DType.class);
            types.forEach(type -> matrices.put(type, new Matrix(type, bytes)));
            double spent = warmUp(matrices.values(), x, seconds);
            double each = MEASURED_SHARE * seconds / (types.size() * COLUMNS.length);
            Map<DType, ComputeCurve> curves = new EnumMap<>(DType.class);
            for (Map.Entry<DType, Matrix> matrix : matrices.entrySet()) {
                if (!curves.isEmpty() && spent > LATE * seconds) {
                    break;
                }
                SortedMap<Integer, Double> knots = new TreeMap<>();
                for (int columns : COLUMNS) {
                    Rate rate = rate(matrix.getValue(), x, columns, each);
                    spent += rate.seconds();
                    if (knots.isEmpty() || plausible(rate, knots)) {
                        knots.put(columns, rate.operationsPerSecond() / 1e9);
                    }
                }
                curves.put(matrix.getKey(), new ComputeCurve(knots));
            }
            return curves;
        }
    }

    /** More columns never make a product much slower per operation: such a kernel was not compiled in time. */
    private static boolean plausible(Rate rate, SortedMap<Integer, Double> fewer) {
        return rate.operationsPerSecond() / 1e9 > 0.4 * fewer.getOrDefault(fewer.lastKey(), 0.0);
    }

    /** Every kernel of every type before any is measured, more than once: what is compiled first is often compiled again. */
    private double warmUp(Collection<Matrix> matrices, Buffer x, double seconds) {
        double each = WARM_SHARE * seconds / (WARM_ROUNDS * matrices.size() * WARM_COLUMNS.length);
        double spent = 0;
        for (int round = 0; round < WARM_ROUNDS; round++) {
            for (int columns : WARM_COLUMNS) {
                for (Matrix matrix : matrices) {
                    spent += spent < seconds ? rate(matrix, x, columns, each).seconds() : 0;
                }
            }
            settle.accept(SETTLE_SHARE * seconds / WARM_ROUNDS);
        }
        return spent;
    }

    private Buffer activations() {
        int floats = COLUMNS[COLUMNS.length - 1] * WIDTH;
        float[] values = new float[floats];
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < floats; i++) {
            values[i] = (float) random.nextDouble() - 0.5f;
        }
        Buffer x = backend.allocate(floats);
        x.upload(values, 0, 0, floats);
        return x;
    }

    /**
     * The same bytes serve as weights of any type: in this range they are numbers of a usual size as halves and floats,
     * so neither infinities nor tiny numbers, which some processors compute slowly with, arise from scales.
     */
    private static MemorySegment weights(Arena arena, long size) {
        MemorySegment bytes = arena.allocate(size, 64);
        SplittableRandom random = new SplittableRandom(2);
        for (long at = 0; at + Long.BYTES <= size; at += Long.BYTES) {
            bytes.set(ValueLayout.JAVA_LONG, at, random.nextLong() & 0x0f0f0f0f0f0f0f0fL | 0x3030303030303030L);
        }
        return bytes;
    }

    /** The weights of a type, walked through in pieces. */
    private static final class Matrix {

        private final Tensor all;
        private int next;

        Matrix(DType type, MemorySegment bytes) {
            long rowBytes = type.bytesFor(WIDTH);
            int rows = Math.toIntExact(bytes.byteSize() / rowBytes);
            all = new Tensor("probe", type, new Shape(WIDTH, rows), bytes.asSlice(0, rows * rowBytes));
        }

        Tensor piece(int rows) {
            if (next + rows > all.rows()) {
                next = 0;
            }
            Tensor piece = all.rows(next, rows);
            next += rows;
            return piece;
        }
    }

    /**
     * A measured speed.
     *
     * @param operationsPerSecond floating-point operations
     * @param seconds that were spent on it
     */
    private record Rate(double operationsPerSecond, double seconds) {}

    /** The median of as many products as the time allows. */
    private Rate rate(Matrix matrix, Buffer x, int columns, double seconds) {
        int most = matrix.all.rows();
        int rows = Math.min(LEAST_ROWS, most);
        double[] rates = new double[MOST_SAMPLES];
        int samples = 0;
        double spent = 0;
        Buffer out = backend.allocate(columns * rows);
        try {
            while (samples < MOST_SAMPLES && (samples == 0 || spent < seconds)) {
                Tensor piece = matrix.piece(rows);
                long start = nanoTime.getAsLong();
                backend.kernels().matmul(piece, x, columns, out);
                double time = Math.max(1, nanoTime.getAsLong() - start) / 1e9;
                spent += time;
                rates[samples++] = 2.0 * rows * WIDTH * columns / time;
                if (time < PRODUCT_SECONDS / 2 && rows < most) {
                    // too short to tell: what it showed is not counted
                    rows = (int) Math.min(most, Math.min(4L * rows, (long) (rows * PRODUCT_SECONDS / time)));
                    out.close();
                    out = backend.allocate(columns * rows);
                    samples = 0;
                }
            }
        } finally {
            out.close();
        }
        Arrays.sort(rates, 0, samples);
        return new Rate(rates[samples / 2], spent);
    }
}
