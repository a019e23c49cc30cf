package io.specoffload.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.AttentionOptions;
import io.specoffload.backend.Backend;
import io.specoffload.backend.Buffer;
import io.specoffload.backend.KvBlockFormat;
import io.specoffload.backend.KvView;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AttentionTest {

    /** One layer's blocks. All are there from the start: kernels ask for them from several threads. */
    private static final class Cache implements KvView {

        private static final int BLOCKS = 18;

        private final DType type;
        private final List<MemorySegment> blocks;

        Cache(Arena arena, DType type, int kvHeads, int headSize) {
            this.type = type;
            long bytes = KvBlockFormat.isSupported(type)
                    ? new KvBlockFormat(type, kvHeads, headSize).blockBytes()
                    : 2L * 64 * kvHeads * headSize * 4;
            this.blocks = IntStream.range(0, BLOCKS)
                    .mapToObj(i -> arena.allocate(bytes, 64))
                    .toList();
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
            assertThat(layer).isEqualTo(3);
            return blocks.get(index);
        }
    }

    /** What one case is about. */
    private record Heads(int heads, int kvHeads, int size) {}

    private static final AttentionOptions PLAIN = AttentionOptions.causal(0.3f);

    private static AttentionBatch batch(List<Cache> views, int[] positions, Heads h, AttentionOptions options) {
        return new AttentionBatch(views.size(), views, positions, 3, h.heads, h.kvHeads, h.size, options);
    }

    private static AttentionBatch withSinks(AttentionBatch batch, Tensor sinks) {
        return new AttentionBatch(
                batch.rows(),
                batch.views(),
                batch.positions(),
                batch.layer(),
                batch.heads(),
                batch.kvHeads(),
                batch.headSize(),
                batch.options(),
                sinks);
    }

    private static Buffer of(Backend backend, float[] values) {
        Buffer buffer = backend.allocate(values.length);
        buffer.upload(values, 0, 0, values.length);
        return buffer;
    }

    /** Fills positions 0 to length - 1 of a cache; returns keys and values as [length][kvHeads * size]. */
    private static float[][] fill(Backend backend, Cache cache, int length, Heads h, long seed) {
        int width = h.kvHeads * h.size;
        float[][] kv = {TestWeights.gaussian(length * width, seed), TestWeights.gaussian(length * width, seed + 1)};
        int[] positions = new int[length];
        Arrays.setAll(positions, i -> i);
        AttentionBatch batch = batch(Collections.nCopies(length, cache), positions, h, PLAIN);
        backend.kernels().storeKv(batch, of(backend, kv[0]), of(backend, kv[1]));
        for (float[] values : kv) {
            for (int i = 0; i < values.length; i += h.size) {
                roundAsStored(cache.type, values, i, h.size);
            }
        }
        return kv;
    }

    /** What a head's row becomes by being stored. */
    private static void roundAsStored(DType type, float[] values, int from, int size) {
        if (type == DType.F16) {
            for (int i = from; i < from + size; i++) {
                values[i] = Float.float16ToFloat(Float.floatToFloat16(values[i]));
            }
        } else if (type == DType.Q8_0) {
            for (int group = from; group < from + size; group += 32) {
                int end = Math.min(from + size, group + 32);
                float largest = 0;
                for (int i = group; i < end; i++) {
                    largest = Math.max(largest, Math.abs(values[i]));
                }
                float scale = Float.float16ToFloat(Float.floatToFloat16(largest / 127));
                for (int i = group; i < end; i++) {
                    float rounded = scale * Math.clamp(Math.round(values[i] / scale), -127, 127);
                    // the stated tolerance of 8 bits: half a step, and the scale's own rounding at the largest
                    assertThat(Math.abs(rounded - values[i])).isLessThanOrEqualTo(largest / 127 * 0.5625f);
                    values[i] = rounded;
                }
            }
        }
    }

    /** The definition, in double, for one query head. */
    private static double[] expected(
            float[][] kv, float[] q, int qOffset, int kvHead, int position, Heads h, AttentionOptions options) {
        double[] sum = new double[h.size];
        double total = accumulate(kv, q, qOffset, kvHead, position, h, options, sum);
        for (int i = 0; i < h.size; i++) {
            sum[i] /= total;
        }
        return sum;
    }

    /** The softmax's denominator. */
    private static double total(
            float[][] kv, float[] q, int qOffset, int kvHead, int position, Heads h, AttentionOptions options) {
        return accumulate(kv, q, qOffset, kvHead, position, h, options, new double[h.size]);
    }

    private static double accumulate(
            float[][] kv,
            float[] q,
            int qOffset,
            int kvHead,
            int position,
            Heads h,
            AttentionOptions options,
            double[] sum) {
        int width = h.kvHeads * h.size;
        double total = 0;
        for (int p = 0; p <= position; p++) {
            if (position - p >= options.window()) {
                continue;
            }
            double score = 0;
            for (int i = 0; i < h.size; i++) {
                score += (double) q[qOffset + i] * kv[0][p * width + kvHead * h.size + i];
            }
            score *= options.scale();
            if (options.softCap() != 0) {
                score = options.softCap() * Math.tanh(score / options.softCap());
            }
            double weight = Math.exp(score);
            total += weight;
            for (int i = 0; i < h.size; i++) {
                sum[i] += weight * kv[1][p * width + kvHead * h.size + i];
            }
        }
        return total;
    }

    private static Backend backend(int bits, int threads) {
        return bits == 1
                ? new CpuBackend(threads, KernelChoice.SCALAR)
                : new CpuBackend(threads, KernelChoice.VECTOR, bits);
    }

    private static float[] attention(Backend backend, AttentionBatch batch, float[] q) {
        Buffer out = of(backend, new float[q.length + 1]);
        backend.kernels().attention(batch, of(backend, q), out);
        float[] result = new float[q.length + 1];
        out.download(0, result, 0, result.length);
        assertThat(result[q.length]).isZero();
        return Arrays.copyOf(result, q.length);
    }

    /**
     * Rows at many positions of one sequence, around the boundaries of blocks and spans, and heads of odd sizes.
     * Tolerance: weights sum to 1 and err by some 1e-6 relative (a score of a few units errs by roundings of its terms),
     * values are about 1.
     */
    @ParameterizedTest
    @CsvSource({
        "1, F32, 4, 2, 32",
        "1, F16, 3, 3, 20",
        "1, Q8_0, 4, 2, 48",
        "0, F32, 4, 2, 32",
        "0, F16, 8, 2, 64",
        "0, F32, 3, 3, 20",
        "0, F16, 5, 1, 33",
        "0, F16, 6, 1, 80",
        "0, F32, 7, 7, 16",
        "0, F32, 2, 1, 256",
        "0, Q8_0, 8, 1, 128",
        "0, Q8_0, 3, 1, 80",
        "0, Q8_0, 2, 2, 37",
        "128, F32, 4, 2, 32",
        "128, F16, 3, 3, 20",
        "128, F16, 2, 1, 5",
        "128, Q8_0, 7, 1, 45",
        "256, F32, 4, 2, 32",
        "256, F16, 3, 3, 20",
        "256, F16, 2, 1, 9",
        "256, Q8_0, 7, 1, 45",
        "256, F16, 16, 1, 96",
    })
    void attentionFollowsItsDefinition(int bits, DType type, int heads, int kvHeads, int size) {
        Heads h = new Heads(heads, kvHeads, size);
        try (Backend backend = backend(bits, 2);
                Arena arena = Arena.ofShared()) {
            Cache cache = new Cache(arena, type, kvHeads, size);
            float[][] kv = fill(backend, cache, 1100, h, 8);
            int[] positions = {
                0, 1, 2, 7, 17, 62, 63, 64, 65, 66, 127, 128, 511, 512, 513, 575, 1023, 1024, 1099, 70, 70, 3
            };
            float[] q = TestWeights.gaussian(positions.length * heads * size, 2);
            float scale = (float) Math.min(0.3, 2 / Math.sqrt(size));
            for (AttentionOptions options : List.of(
                    new AttentionOptions(scale, Integer.MAX_VALUE, 0f),
                    new AttentionOptions(scale, 16, 0f),
                    new AttentionOptions(scale, 1, 0f),
                    new AttentionOptions(scale, 70, 2.5f),
                    new AttentionOptions(scale, 600, 0f))) {
                AttentionBatch batch = batch(Collections.nCopies(positions.length, cache), positions, h, options);
                float[] actual = attention(backend, batch, q);
                for (int r = 0; r < positions.length; r++) {
                    for (int head = 0; head < heads; head++) {
                        int at = (r * heads + head) * size;
                        double[] row = expected(kv, q, at, head / (heads / kvHeads), positions[r], h, options);
                        for (int i = 0; i < size; i++) {
                            assertThat((double) actual[at + i])
                                    .as("%s, position %d, head %d", options, positions[r], head)
                                    .isCloseTo(row[i], within(4e-6));
                        }
                    }
                }
            }
        }
    }

    /**
     * A sink is one more position whose score is given and whose value is zero. Sinks far below, among and far above the
     * scores; the last leaves next to nothing of the values. Tolerance as above.
     */
    @ParameterizedTest
    @ValueSource(ints = {1, 0, 128, 256})
    void aSinkTakesItsShareAndHasNoValue(int bits) {
        Heads h = new Heads(4, 2, 20);
        float[] logits = {-200f, 0.3f, 2.5f, 200f};
        try (Backend backend = backend(bits, 2);
                Arena arena = Arena.ofShared()) {
            MemorySegment data = arena.allocate(16, 4);
            MemorySegment.copy(logits, 0, data, ValueLayout.JAVA_FLOAT, 0, 4);
            Tensor sinks = new Tensor("sinks", DType.F32, new Shape(4), data);
            Cache cache = new Cache(arena, DType.F32, 2, 20);
            float[][] kv = fill(backend, cache, 90, h, 8);
            int[] positions = {0, 5, 6, 7, 63, 64, 89};
            float[] q = TestWeights.gaussian(positions.length * 80, 2);
            for (AttentionOptions options :
                    List.of(new AttentionOptions(0.3f, Integer.MAX_VALUE, 0f), new AttentionOptions(0.3f, 6, 2.5f))) {
                AttentionBatch plain = batch(Collections.nCopies(positions.length, cache), positions, h, options);
                float[] actual = attention(backend, withSinks(plain, sinks), q);
                for (int i = 0; i < actual.length; i++) {
                    int row = i / 80;
                    int head = i / 20 % 4;
                    int at = i / 20 * 20;
                    double total = total(kv, q, at, head / 2, positions[row], h, options);
                    double without = expected(kv, q, at, head / 2, positions[row], h, options)[i % 20];
                    assertThat((double) actual[i])
                            .as("%s, position %d, head %d", options, positions[row], head)
                            .isCloseTo(without * total / (total + Math.exp(logits[head])), within(4e-6));
                }
            }
        }
    }

    @Test
    void sinksOfAnotherSizeAreRefused() {
        Tensor sinks = new Tensor("sinks", DType.F32, new Shape(3), MemorySegment.ofArray(new float[3]));
        AttentionBatch plain = batch(List.of(), new int[0], new Heads(4, 2, 8), PLAIN);
        assertThatThrownBy(() -> withSinks(plain, sinks))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("sinks: attention sinks must be F32 [4]");
    }

    @Test
    void veryLargeScoresDoNotOverflow() {
        Heads h = new Heads(2, 1, 32);
        try (Backend backend = backend(0, 1);
                Arena arena = Arena.ofShared()) {
            Cache cache = new Cache(arena, DType.F32, 1, 32);
            float[][] kv = fill(backend, cache, 40, h, 8);
            float[] q = TestWeights.gaussian(64, 2);
            for (float scale : new float[] {100f, -100f}) {
                AttentionBatch batch = batch(List.of(cache), new int[] {39}, h, AttentionOptions.causal(scale));
                float[] actual = attention(backend, batch, q);
                for (int head = 0; head < 2; head++) {
                    // with such a scale the largest score takes it all
                    int best = 0;
                    double bestScore = Double.NEGATIVE_INFINITY;
                    for (int p = 0; p < 40; p++) {
                        double score = 0;
                        for (int i = 0; i < 32; i++) {
                            score += (double) scale * q[head * 32 + i] * kv[0][p * 32 + i];
                        }
                        if (score > bestScore) {
                            bestScore = score;
                            best = p;
                        }
                    }
                    for (int i = 0; i < 32; i++) {
                        assertThat(actual[head * 32 + i]).isCloseTo(kv[1][best * 32 + i], within(1e-3f));
                    }
                }
            }
        }
    }

    /**
     * Neither the other rows, nor their sequences, nor what stale pages hold, nor threads, nor the width change a bit.
     */
    @ParameterizedTest
    @CsvSource({
        "F16, 6, 2, 48, 2147483647",
        "F16, 6, 2, 48, 50",
        "F32, 4, 4, 32, 700",
        "Q8_0, 8, 2, 64, 2147483647",
        "Q8_0, 3, 1, 40, 90"
    })
    void aRowDependsOnItsOwnCacheOnly(DType type, int heads, int kvHeads, int size, int window) {
        Heads h = new Heads(heads, kvHeads, size);
        int width = h.heads * h.size;
        int[] positions = new int[75];
        // runs of candidates, a chunk of a prompt, single rows
        Arrays.setAll(positions, i -> i < 24 ? 250 * (i / 6) + 300 + i % 6 : i < 60 ? 480 + i : (i * 37 + 5) % 1040);
        AttentionOptions options = new AttentionOptions(0.2f, window, 0f);
        float[] q = TestWeights.gaussian(positions.length * width, 2);
        try (Arena arena = Arena.ofShared();
                Backend one = backend(0, 1)) {
            List<Cache> caches = new ArrayList<>();
            for (int s = 0; s < 3; s++) {
                caches.add(new Cache(arena, type, h.kvHeads, h.size));
                fill(one, caches.get(s), 1060, h, s);
            }
            float[] alone = new float[q.length];
            List<Cache> views = new ArrayList<>();
            for (int r = 0; r < positions.length; r++) {
                views.add(caches.get(r / 6 % 3));
                Cache cache = views.get(r);
                if (r % 15 == 7) {
                    // what lies beyond the row's own position is another sequence's rest
                    cache = new Cache(arena, type, h.kvHeads, h.size);
                    fill(one, cache, 1088, h, 99);
                    fill(one, cache, positions[r] + 1, h, r / 6 % 3);
                }
                AttentionBatch batch = batch(List.of(cache), new int[] {positions[r]}, h, options);
                float[] row = attention(one, batch, Arrays.copyOfRange(q, r * width, (r + 1) * width));
                System.arraycopy(row, 0, alone, r * width, width);
            }
            for (int bits : new int[] {0, 128, 256}) {
                for (int threads = 1; threads <= 4; threads++) {
                    try (Backend backend = backend(bits, threads)) {
                        for (int n : new int[] {1, 2, 3, 7, 40, positions.length}) {
                            float[] actual = attention(
                                    backend,
                                    batch(views.subList(0, n), positions, h, options),
                                    Arrays.copyOf(q, n * width));
                            assertThat(actual)
                                    .as("%d bits, %d threads, %d rows", bits, threads, n)
                                    .containsExactly(Arrays.copyOf(alone, n * width));
                        }
                    }
                }
            }
        }
    }

    @Test
    void badHeadsTypesAndBlocksAreRefused() {
        Heads h = new Heads(4, 2, 32);
        try (Backend backend = backend(0, 1);
                Arena arena = Arena.ofShared()) {
            Buffer q = backend.allocate(256);
            Buffer out = backend.allocate(256);
            Cache small = new Cache(arena, DType.F32, 1, 32);
            assertThatThrownBy(() ->
                            backend.kernels().attention(batch(List.of(small), new int[] {3}, h, PLAIN), q, out))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("too small");
            Cache other = new Cache(arena, DType.BF16, 2, 32);
            assertThatThrownBy(() ->
                            backend.kernels().attention(batch(List.of(other), new int[] {3}, h, PLAIN), q, out))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("BF16");
            Heads uneven = new Heads(3, 2, 32);
            assertThatThrownBy(() ->
                            backend.kernels().attention(batch(List.of(other), new int[] {3}, uneven, PLAIN), q, out))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("3 heads");
        }
    }
}
