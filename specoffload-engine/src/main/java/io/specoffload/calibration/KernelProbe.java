package io.specoffload.calibration;

import io.specoffload.backend.Backend;
import io.specoffload.backend.Buffer;
import io.specoffload.calibration.BestOfWindows.Work;
import io.specoffload.hardware.ComputeCurve;
import io.specoffload.hardware.PassCosts;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.DoubleConsumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Measures a backend's own kernels: matrix products, with weights that are read from memory as a model's are (the weights
 * together exceed the caches, and each product goes on where the last one ended), and what else a pass does
 * ({@link PassWorks}).
 */
public final class KernelProbe implements ComputeProbe {

    /** The usual types of weights, where it is not known which ones will be used. */
    public static final List<DType> USUAL_TYPES =
            List.of(DType.F16, DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.Q6_K, DType.F32);

    private static final int MOST_TYPES = 5;
    private static final int[] COLUMNS = {1, 2, 4, 6, 8, 16, 32, 128};

    /** Inputs of a matrix where it is not known which models will be used. */
    public static final int USUAL_WIDTH = 4096;

    private static final int LEAST_WIDTH = 512;
    private static final int MOST_WIDTH = 8192;

    /** Whole blocks of every type. */
    private static final int WIDTH_STEP = 256;

    private static final long WEIGHT_BYTES = 64L << 20;
    private static final long LEAST_BYTES = 4L << 20;
    private static final int LEAST_ROWS = 8;

    /** Of a product that is so short that starting it shows. */
    private static final int SMALL_ROWS = 128;

    /** Products are cut to about this, so that they fit between two turns of other processes. */
    private static final double PRODUCT_SECONDS = 0.002;

    private final Backend backend;
    private final int vectorBits;
    private final WorkClock clock;
    private final DoubleConsumer settle;
    private final List<DType> types;
    private final int width;

    /**
     * A probe of a backend, which stays the caller's.
     *
     * @param vectorBits bits of the vectors that the backend's kernels compute with; 0 for none
     * @param clock looked at on the calling thread
     * @param settle waits until the kernels that ran are compiled, for at most so many seconds
     * @param types to measure, the most important ones first; those that the backend lacks are left out. Of others,
     *     {@link io.specoffload.hardware.HostSpec#compute} tells
     * @param width inputs of the models' matrices: whether the activations of a few columns fit into the first-level cache
     *     shows in the speed
     */
    public KernelProbe(
            Backend backend,
            int vectorBits,
            WorkClock clock,
            DoubleConsumer settle,
            Collection<DType> types,
            int width) {
        this.backend = backend;
        this.vectorBits = vectorBits;
        this.clock = clock;
        this.settle = settle;
        this.types = types.stream()
                .filter(backend.kernels().weightTypes()::contains)
                .limit(MOST_TYPES)
                .toList();
        this.width = Math.clamp(width, LEAST_WIDTH, MOST_WIDTH) / WIDTH_STEP * WIDTH_STEP;
    }

    @Override
    public String identity() {
        return backend.description() + ", " + types + ", width " + width;
    }

    @Override
    public int vectorBits() {
        return vectorBits;
    }

    @Override
    public Measured measure(double seconds, long mostBytes) {
        try (Arena arena = Arena.ofShared();
                Buffer x = activations();
                PassWorks pass = new PassWorks(backend, arena)) {
            MemorySegment bytes = weights(arena, Math.clamp(mostBytes, LEAST_BYTES, WEIGHT_BYTES));
            List<Products> products = new ArrayList<>();
            List<List<? extends Work>> groups = new ArrayList<>();
            for (DType type : types) {
                Matrix matrix = new Matrix(type, bytes, width);
                List<Products> ofType = IntStream.of(COLUMNS)
                        .mapToObj(columns -> new Products(matrix, x, columns))
                        .toList();
                products.addAll(ofType);
                groups.add(ofType);
                if (groups.size() == 1) {
                    Products small = new Products(matrix, x, 1, SMALL_ROWS);
                    products.add(small);
                    List<Work> others = new ArrayList<>(pass.works());
                    others.add(small);
                    groups.add(others);
                }
            }
            try {
                BestOfWindows.Result result = new BestOfWindows(clock, settle).measure(groups, seconds);
                int others = pass.works().size() + 1;
                BestOfWindows.Result ofProducts = result.without(COLUMNS.length, others);
                return new Measured(
                        curves(ofProducts),
                        passCosts(
                                result.only(COLUMNS.length, others), ofProducts.secondsPerUnit()[0]),
                        result.allSettled());
            } finally {
                products.forEach(Products::close);
            }
        }
    }

    /** None where they were not settled in time. */
    private @Nullable PassCosts passCosts(BestOfWindows.Result result, double secondsPerOperation) {
        if (!result.allSettled()) {
            return null;
        }
        double[] seconds = result.secondsPerUnit();
        double small = seconds[seconds.length - 1];
        double start = Math.max(0, small - secondsPerOperation) * 2 * SMALL_ROWS * width;
        return PassWorks.costs(seconds, start);
    }

    /**
     * Of the types only the first is taken as it is; of the others those that were settled in time. A type that is left out
     * counts as the slowest one that is there, which is nearer than the speed of code that was not compiled.
     */
    private Map<DType, ComputeCurve> curves(BestOfWindows.Result result) {
        Map<DType, ComputeCurve> curves = new EnumMap<>(DType.class);
        for (int i = 0; i < types.size(); i++) {
            SortedMap<Integer, Double> knots = new TreeMap<>();
            boolean settled = true;
            for (int k = 0; k < COLUMNS.length; k++) {
                int cell = i * COLUMNS.length + k;
                double rate = 1e-9 / result.secondsPerUnit()[cell];
                settled &= result.settled()[cell];
                if (rate > 0 && (knots.isEmpty() || plausible(rate, knots))) {
                    knots.put(COLUMNS[k], rate);
                }
            }
            if (settled || i == 0) {
                curves.put(types.get(i), new ComputeCurve(knots));
            }
        }
        return curves;
    }

    /** More columns never make a product much slower per operation: such a kernel was not compiled in time. */
    private static boolean plausible(double rate, SortedMap<Integer, Double> fewer) {
        return rate > 0.4 * fewer.getOrDefault(fewer.lastKey(), 0.0);
    }

    private Buffer activations() {
        int floats = COLUMNS[COLUMNS.length - 1] * width;
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

        Matrix(DType type, MemorySegment bytes, int width) {
            long rowBytes = type.bytesFor(width);
            int rows = Math.toIntExact(bytes.byteSize() / rowBytes);
            all = new Tensor("probe", type, new Shape(width, rows), bytes.asSlice(0, rows * rowBytes));
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

    /** Products of a matrix with so many columns; the unit is a floating-point operation. */
    private final class Products implements Work, AutoCloseable {

        private final Matrix matrix;
        private final Buffer x;
        private final int columns;
        private final int most;
        private int rows;
        private @Nullable Buffer out;

        Products(Matrix matrix, Buffer x, int columns) {
            this(matrix, x, columns, Integer.MAX_VALUE);
        }

        /** @param mostRows of the matrix in one product */
        Products(Matrix matrix, Buffer x, int columns, int mostRows) {
            this.matrix = matrix;
            this.x = x;
            this.columns = columns;
            most = Math.min(mostRows, matrix.all.rows());
            rows = Math.min(LEAST_ROWS, most);
        }

        @Override
        public double run() {
            Buffer result = out;
            if (result == null) {
                result = backend.allocate(columns * rows);
                out = result;
            }
            backend.kernels().matmul(matrix.piece(rows), x, columns, result);
            return 2.0 * rows * width * columns;
        }

        @Override
        public boolean counts(double seconds) {
            if (seconds >= PRODUCT_SECONDS / 2 || rows == most) {
                return true;
            }
            rows = (int) Math.min(most, Math.min(4L * rows, (long) (rows * PRODUCT_SECONDS / seconds)));
            close();
            return false;
        }

        @Override
        public void close() {
            if (out != null) {
                out.close();
                out = null;
            }
        }
    }
}
