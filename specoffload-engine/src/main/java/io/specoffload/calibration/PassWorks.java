package io.specoffload.calibration;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.AttentionOptions;
import io.specoffload.backend.Backend;
import io.specoffload.backend.Buffer;
import io.specoffload.backend.Kernels;
import io.specoffload.backend.KvBlockFormat;
import io.specoffload.backend.KvView;
import io.specoffload.backend.RopeTable;
import io.specoffload.calibration.WindowTimes.Work;
import io.specoffload.hardware.PassCosts;
import io.specoffload.hardware.PassCosts.AttentionCost;
import io.specoffload.sampling.Sampler;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.sampling.TokenRandom;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The kernels of a layer but for its matrix products, and the choice of a token: each with few and with many rows, so that
 * what they cost once and what they cost per row can be told apart. A layer has 1024 elements, 16 query heads and 4
 * key/value heads of 64 elements, and an inner width of 2816; its cache holds 256 positions. Larger ones would only take
 * longer until they are compiled.
 */
final class PassWorks implements AutoCloseable {

    static final List<DType> CACHES = List.of(DType.F16, DType.Q8_0);

    private static final int WIDTH = 1024;
    private static final int HEADS = 16;
    private static final int KV_HEADS = 4;
    private static final int HEAD_SIZE = 64;
    private static final int INNER = 2816;
    private static final int VOCABULARY = 32_000;
    private static final int CONTEXT = 256;
    private static final int FEW_ROWS = 1;
    private static final int MANY_ROWS = 6;

    /** More than the second-level cache holds, as the layers of a model. */
    private static final int CACHE_LAYERS = 32;

    /** Shorter samples are repeated within one. */
    private static final double LEAST_SECONDS = 0.001;

    /** Of a run with one row, what a further row takes at least. */
    private static final double LEAST_SLOPE = 0.02;

    private static final double ROW_ELEMENTS = 6.0 * WIDTH + 2.0 * HEADS * HEAD_SIZE + 3.0 * INNER;

    private final Backend backend;
    private final Arena arena;
    private final Deque<Buffer> buffers = new ArrayDeque<>();
    private final List<Work> works = new ArrayList<>();

    /** @param arena closed after this */
    PassWorks(Backend backend, Arena arena) {
        this.backend = backend;
        this.arena = arena;
        Layer layer = new Layer();
        works.add(new Repeated(() -> layer.elements(FEW_ROWS)));
        works.add(new Repeated(() -> layer.elements(MANY_ROWS)));
        for (DType cache : CACHES) {
            Attention attention = new Attention(cache, layer);
            works.add(new Repeated(() -> attention.run(FEW_ROWS)));
            works.add(new Repeated(() -> attention.run(MANY_ROWS)));
        }
        works.add(new Repeated(choice()));
    }

    List<Work> works() {
        return Collections.unmodifiableList(works);
    }

    /**
     * What the works' times mean.
     *
     * @param seconds of a run of each work, in their order
     * @param productSeconds of a matrix product however small it is
     */
    static PassCosts costs(double[] seconds, double productSeconds) {
        double element = slope(seconds[0], seconds[1]) / ROW_ELEMENTS;
        double layer = Math.max(0, seconds[0] - FEW_ROWS * element * ROW_ELEMENTS);
        Map<DType, AttentionCost> attention = new EnumMap<>(DType.class);
        for (int i = 0; i < CACHES.size(); i++) {
            double few = seconds[2 + 2 * i];
            double perRow = slope(few, seconds[3 + 2 * i]);
            double bytes = (double) new KvBlockFormat(CACHES.get(i), KV_HEADS, HEAD_SIZE).blockBytes()
                    * CONTEXT
                    / KvBlockFormat.POSITIONS;
            attention.put(
                    CACHES.get(i),
                    new AttentionCost(
                            Math.max(0, few - FEW_ROWS * perRow) / bytes,
                            perRow / ((double) CONTEXT * HEADS * HEAD_SIZE)));
        }
        return new PassCosts(productSeconds, layer, element, seconds[2 + 2 * CACHES.size()] / VOCABULARY, attention);
    }

    /** Seconds per row: something, but no more than a pass of one row takes. */
    private static double slope(double few, double many) {
        return Math.clamp((many - few) / (MANY_ROWS - FEW_ROWS), LEAST_SLOPE * few, few);
    }

    @Override
    public void close() {
        while (!buffers.isEmpty()) {
            buffers.pop().close();
        }
    }

    private Buffer buffer(int floats) {
        Buffer buffer = backend.allocate(floats);
        buffers.push(buffer);
        float[] values = new float[floats];
        for (int i = 0; i < floats; i++) {
            values[i] = (i * 37 % 101 - 50) / 64f;
        }
        buffer.upload(values, 0, 0, floats);
        return buffer;
    }

    private Tensor ones(int count) {
        MemorySegment bytes = arena.allocate(4L * count, 64);
        for (int i = 0; i < count; i++) {
            bytes.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1f);
        }
        return new Tensor("probe", DType.F32, new Shape(count), bytes);
    }

    private static int[] positions(int rows) {
        int[] positions = new int[rows];
        for (int i = 0; i < rows; i++) {
            positions[i] = CONTEXT - rows + i;
        }
        return positions;
    }

    /** Fetching a row of logits, and the most likely token among them. */
    private Runnable choice() {
        Buffer logits = buffer(VOCABULARY);
        float[] row = new float[VOCABULARY];
        Sampler greedy =
                new Sampler(SamplingParameters.builder().build(), VOCABULARY, new int[0], null, new TokenRandom(0));
        return () -> {
            logits.download(0, row, 0, VOCABULARY);
            if (greedy.distribution(row, 0).argmax() < 0) {
                throw new IllegalStateException("no token was chosen");
            }
        };
    }

    /** What is done to each row beside products and attention. */
    private final class Layer {

        private final Kernels kernels = backend.kernels();
        private final Buffer hidden = buffer(MANY_ROWS * WIDTH);
        private final Buffer branch = buffer(MANY_ROWS * WIDTH);
        private final Buffer normed = buffer(MANY_ROWS * WIDTH);
        private final Buffer queries = buffer(MANY_ROWS * HEADS * HEAD_SIZE);
        private final Buffer keys = buffer(MANY_ROWS * KV_HEADS * HEAD_SIZE);
        private final Buffer gate = buffer(MANY_ROWS * INNER);
        private final Buffer up = buffer(MANY_ROWS * INNER);
        private final Tensor norm = ones(WIDTH);
        private final RopeTable rope = new RopeTable(frequencies(), 1, false);
        private final Cache written = new Cache(DType.F16, 1);

        private static float[] frequencies() {
            float[] frequencies = new float[HEAD_SIZE / 2];
            for (int i = 0; i < frequencies.length; i++) {
                frequencies[i] = (float) Math.pow(10_000, -2.0 * i / HEAD_SIZE);
            }
            return frequencies;
        }

        void elements(int rows) {
            int[] positions = positions(rows);
            // what was added is taken away again, so that nothing grows
            kernels.scale(hidden, 0.5f, rows * WIDTH);
            kernels.addRmsNorm(hidden, branch, norm, 1e-5f, rows, normed);
            kernels.rope(queries, positions, rows, HEADS, HEAD_SIZE, rope);
            kernels.rope(keys, positions, rows, KV_HEADS, HEAD_SIZE, rope);
            kernels.storeKv(written.batch(rows, 0), keys, keys);
            kernels.addRmsNorm(hidden, branch, norm, 1e-5f, rows, normed);
            kernels.swiglu(gate, up, rows * INNER);
        }
    }

    /** A cache of one sequence. */
    private final class Cache implements KvView {

        private final DType type;
        private final long blockBytes;
        private final int blocks = CONTEXT / KvBlockFormat.POSITIONS;
        private final MemorySegment bytes;

        Cache(DType type, int layers) {
            this.type = type;
            this.blockBytes = new KvBlockFormat(type, KV_HEADS, HEAD_SIZE).blockBytes();
            this.bytes = arena.allocate(blockBytes * blocks * layers, 64);
            for (long at = 0; at + Long.BYTES <= bytes.byteSize(); at += Long.BYTES) {
                // small numbers, whether they are read as halves or as bytes with a scale
                bytes.set(ValueLayout.JAVA_LONG, at, 0x2c012c022c032c04L);
            }
        }

        @Override
        public DType type() {
            return type;
        }

        @Override
        public int blockPositions() {
            return KvBlockFormat.POSITIONS;
        }

        @Override
        public MemorySegment block(int index, int layer) {
            return bytes.asSlice(((long) layer * blocks + index) * blockBytes, blockBytes);
        }

        AttentionBatch batch(int rows, int layer) {
            return new AttentionBatch(
                    rows,
                    Collections.nCopies(rows, this),
                    positions(rows),
                    layer,
                    HEADS,
                    KV_HEADS,
                    HEAD_SIZE,
                    AttentionOptions.causal(0.088f));
        }
    }

    /** Attention of the last rows of a full cache, layer after layer. */
    private final class Attention {

        private final Layer layer;
        private final Cache cache;
        private final Buffer out = buffer(MANY_ROWS * HEADS * HEAD_SIZE);
        private int next;

        Attention(DType type, Layer layer) {
            this.layer = layer;
            this.cache = new Cache(type, CACHE_LAYERS);
        }

        void run(int rows) {
            backend.kernels().attention(cache.batch(rows, next), layer.queries, out);
            next = (next + 1) % CACHE_LAYERS;
        }
    }

    /** As many runs as make a sample; the unit is one of them. */
    private static final class Repeated implements Work {

        private final Runnable once;
        private int times = 1;

        Repeated(Runnable once) {
            this.once = once;
        }

        @Override
        public double run() {
            for (int i = 0; i < times; i++) {
                once.run();
            }
            return times;
        }

        @Override
        public boolean counts(double seconds) {
            if (seconds < LEAST_SECONDS && times < 1 << 12) {
                times *= 2;
                return false;
            }
            return true;
        }
    }
}
