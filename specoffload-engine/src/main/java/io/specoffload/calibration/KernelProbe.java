package io.specoffload.calibration;

import io.specoffload.backend.Backend;
import io.specoffload.backend.Buffer;
import io.specoffload.calibration.WindowTimes.Work;
import io.specoffload.hardware.ComputeCurve;
import io.specoffload.hardware.PassCosts;
import io.specoffload.io.AlignedBuffer;
import io.specoffload.tensor.DType;
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
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Measures a backend's own kernels: matrix products, with weights that are read from memory as a model's are (the weights
 * together exceed the caches, and each product goes on where the last one ended), and what else a pass does
 * ({@link PassWorks}).
 */
public final class KernelProbe implements ComputeProbe {

    /** Where it is not known which models will be used. */
    private static final List<Weights> USUAL = Stream.of(
                    DType.F16, DType.Q8_0, DType.Q4_0, DType.Q4_K, DType.Q6_K, DType.F32)
            .map(type -> new Weights(type, 4096, 1))
            .toList();

    private static final int MOST_TYPES = 5;

    /** Among them both sides of each step: four or six columns are multiplied at once, and more than twelve in another way. */
    private static final int[] COLUMNS = {1, 2, 4, 5, 6, 8, 12, 16, 32, 128};

    /** So many of these are products for a start. */
    private static final int FEW_COLUMNS = 5;

    /** Beyond the last-level cache's share that a core of a server gets: models do not stay there. */
    private static final long WEIGHT_BYTES = 256L << 20;

    private static final long LEAST_BYTES = 4L << 20;

    private final Backend backend;
    private final int vectorBits;
    private final WorkClock clock;
    private final DoubleConsumer settle;
    private final Map<DType, SortedMap<Integer, Double>> shares;

    /**
     * A probe of a backend, which stays the caller's.
     *
     * @param vectorBits bits of the vectors that the backend's kernels compute with; 0 for none
     * @param clock looked at on the calling thread
     * @param settle waits until the kernels that ran are compiled, for at most so many seconds
     * @param weights to measure, the types with most bytes first; those that the backend lacks are left out. Of others,
     *     {@link io.specoffload.hardware.HostSpec#compute} tells. None for the usual types
     */
    public KernelProbe(
            Backend backend, int vectorBits, WorkClock clock, DoubleConsumer settle, Collection<Weights> weights) {
        this.backend = backend;
        this.vectorBits = vectorBits;
        this.clock = clock;
        this.settle = settle;
        this.shares = WeightShares.of(
                (weights.isEmpty() ? USUAL : weights)
                        .stream()
                                .filter(some -> backend.kernels().weightTypes().contains(some.type()))
                                .toList(),
                MOST_TYPES);
    }

    @Override
    public String identity() {
        return backend.description() + ", "
                + shares.entrySet().stream()
                        .map(type -> type.getKey() + " of width "
                                + type.getValue().entrySet().stream()
                                        .map(width -> width.getKey() + " (" + Math.round(100 * width.getValue()) + "%)")
                                        .collect(Collectors.joining(", ")))
                        .collect(Collectors.joining("; "));
    }

    @Override
    public int vectorBits() {
        return vectorBits;
    }

    @Override
    public void prepare(double seconds, long mostBytes) {
        withWorks(mostBytes, works -> {
            new WindowTimes(clock, settle).warmUp(works.agenda.groups.getFirst(), seconds);
            return true;
        });
    }

    @Override
    public Measured measure(double seconds, long mostBytes) {
        return withWorks(mostBytes, works -> {
            WindowTimes.Result result = new WindowTimes(clock, settle).measure(works.agenda.groups, seconds);
            return new Measured(
                    curves(works.types, result),
                    works.others == null ? null : works.others.costs(result),
                    result.allSettled());
        });
    }

    /** Something done with works, which are gone afterwards. */
    private <T> T withWorks(long mostBytes, Function<Works, T> task) {
        try (Arena arena = Arena.ofShared();
                AlignedBuffer weights = weights(Math.clamp(mostBytes, LEAST_BYTES, WEIGHT_BYTES));
                Buffer x = activations();
                PassWorks pass = new PassWorks(backend, arena);
                Works works = new Works(pass, weights.segment(), x)) {
            return task.apply(works);
        }
    }

    /** Everything that is timed. */
    private final class Works implements AutoCloseable {

        private final Agenda agenda = new Agenda();
        private final List<OfType> types = new ArrayList<>();
        private final @Nullable Others others;

        Works(PassWorks pass, MemorySegment bytes, Buffer x) {
            Others beside = null;
            for (Map.Entry<DType, SortedMap<Integer, Double>> type : shares.entrySet()) {
                OfType products = new OfType(type.getKey(), type.getValue(), bytes, x);
                types.add(products);
                products.putFewColumns(agenda);
                if (beside == null) {
                    beside = new Others(pass, products, agenda);
                }
                products.putTheRest(agenda);
            }
            others = beside;
        }

        @Override
        public void close() {
            types.forEach(OfType::close);
            if (others != null) {
                others.close();
            }
        }
    }

    /**
     * Weights that a model has.
     *
     * @param type of their elements
     * @param width inputs of their matrices: whether the activations of a few columns fit into the first-level cache shows
     *     in the speed
     * @param bytes of them all
     */
    public record Weights(DType type, int width, long bytes) {}

    /** Kinds of work in the order in which they join. */
    private static final class Agenda {

        private final List<List<Work>> groups = new ArrayList<>();
        private int kinds;

        void newGroup() {
            groups.add(new ArrayList<>());
        }

        /** The kind's index among all kinds. */
        int put(Work work) {
            groups.getLast().add(work);
            return kinds++;
        }
    }

    /** What a pass does beside its large products: starting them, and the works of {@link PassWorks}. */
    private static final class Others {

        private final Products small;
        private final Products longer;
        private final double operations;
        private final int large;
        private final int[] kinds;

        /** Puts it into a new group. */
        Others(PassWorks pass, OfType large, Agenda agenda) {
            agenda.newGroup();
            this.large = large.kinds[0][0];
            longer = large.products.getFirst();
            small = longer.small();
            operations = small.operations(Products.SMALL_ROWS);
            kinds = Stream.concat(pass.works().stream(), Stream.of(small))
                    .mapToInt(agenda::put)
                    .toArray();
        }

        /** None where they were not settled in time. */
        @Nullable
        PassCosts costs(WindowTimes.Result result) {
            if (!IntStream.of(kinds).allMatch(kind -> result.settled()[kind])) {
                return null;
            }
            double[] seconds = IntStream.of(kinds)
                    .mapToDouble(kind -> result.secondsPerUnit()[kind])
                    .toArray();
            // starting is a part of the longer products' time too
            double more = seconds[seconds.length - 1] - result.secondsPerUnit()[large];
            double share = 1 - operations / Math.max(longer.operations(), 2 * operations);
            return PassWorks.costs(seconds, Math.max(0, more) * operations / share);
        }

        void close() {
            small.close();
        }
    }

    /** The products of a type, of each width with each number of columns. */
    private final class OfType {

        private final DType type;
        private final SortedMap<Integer, Double> shares;
        private final List<Products> products = new ArrayList<>();

        /** Index by width and number of columns; the width with most weights comes first. */
        private final int[][] kinds;

        private final List<Integer> widths;

        OfType(DType type, SortedMap<Integer, Double> shares, MemorySegment bytes, Buffer x) {
            this.type = type;
            this.shares = shares;
            widths = shares.entrySet().stream()
                    .sorted(Map.Entry.<Integer, Double>comparingByValue().reversed())
                    .map(Map.Entry::getKey)
                    .toList();
            kinds = new int[widths.size()][COLUMNS.length];
            for (int width : widths) {
                Products.Matrix matrix = new Products.Matrix(type, bytes, width);
                IntStream.of(COLUMNS)
                        .forEach(columns -> products.add(new Products(backend, vectorBits > 0, matrix, x, columns)));
            }
        }

        /** What has the code compiled that the rest uses too: a single width, and as long as it is not, short products. */
        void putFewColumns(Agenda agenda) {
            agenda.newGroup();
            for (int k = 0; k < FEW_COLUMNS; k++) {
                kinds[0][k] = agenda.put(products.get(k));
            }
        }

        /** Into the present group. */
        void putTheRest(Agenda agenda) {
            for (int i = FEW_COLUMNS; i < products.size(); i++) {
                kinds[i / COLUMNS.length][i % COLUMNS.length] = agenda.put(products.get(i));
            }
        }

        /** The time that weights take of which each width has its share; a width that was not reached counts as the others. */
        double secondsPerUnit(WindowTimes.Result result, int column) {
            double seconds = 0;
            double counted = 0;
            for (int w = 0; w < kinds.length; w++) {
                double own = result.secondsPerUnit()[kinds[w][column]];
                double share = shares.getOrDefault(widths.get(w), 0.0);
                if (!Double.isNaN(own)) {
                    seconds += share * own;
                    counted += share;
                }
            }
            return seconds / counted;
        }

        boolean settled(WindowTimes.Result result) {
            return Stream.of(kinds).flatMapToInt(IntStream::of).allMatch(kind -> result.settled()[kind]);
        }

        void close() {
            products.forEach(Products::close);
        }
    }

    /**
     * Of the types only the first is taken as it is; of the others those that were settled in time. A type that is left out
     * counts as the slowest one that is there, which is nearer than the speed of code that was not compiled.
     */
    private static Map<DType, ComputeCurve> curves(List<OfType> types, WindowTimes.Result result) {
        Map<DType, ComputeCurve> curves = new EnumMap<>(DType.class);
        for (OfType type : types) {
            SortedMap<Integer, Double> knots = new TreeMap<>();
            for (int k = 0; k < COLUMNS.length; k++) {
                double rate = 1e-9 / type.secondsPerUnit(result, k);
                if (rate > 0 && (knots.isEmpty() || plausible(rate, knots))) {
                    knots.put(COLUMNS[k], rate);
                }
            }
            if (curves.isEmpty() || type.settled(result)) {
                curves.put(type.type, new ComputeCurve(knots));
            }
        }
        return curves;
    }

    /** More columns never make a product much slower per operation: such a kernel was not compiled in time. */
    private static boolean plausible(double rate, SortedMap<Integer, Double> fewer) {
        return rate > 0.4 * fewer.getOrDefault(fewer.lastKey(), 0.0);
    }

    private Buffer activations() {
        int widest = shares.values().stream().mapToInt(SortedMap::lastKey).max().orElse(0);
        int floats = COLUMNS[COLUMNS.length - 1] * widest;
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
     * so neither infinities nor tiny numbers, which some processors compute slowly with, arise from scales. Memory of the
     * kind that models are read into.
     */
    private static AlignedBuffer weights(long size) {
        AlignedBuffer buffer = AlignedBuffer.allocate(size);
        MemorySegment bytes = buffer.segment();
        SplittableRandom random = new SplittableRandom(2);
        for (long at = 0; at + Long.BYTES <= size; at += Long.BYTES) {
            bytes.set(ValueLayout.JAVA_LONG, at, random.nextLong() & 0x0f0f0f0f0f0f0f0fL | 0x3030303030303030L);
        }
        return buffer;
    }
}
