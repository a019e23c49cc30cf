package io.specoffload.testing;

import io.specoffload.execution.ForwardExecutor;
import io.specoffload.kv.KvCache;
import io.specoffload.kv.KvCacheFullException;
import io.specoffload.kv.KvSequence;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Logits;
import io.specoffload.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;

/**
 * A model without weights: a row's logits are a scripted function of the tokens in its sequence's cache up to its own.
 * A row that was computed from the wrong tokens, or a rejected candidate that was left in the cache, changes them.
 */
public final class FakeExecutor implements ForwardExecutor {

    /** Ways to be wrong that a check of the output must catch. */
    public enum Fault {
        NONE,
        /** A rejected candidate's row stays in the cache. */
        UNTRUNCATED_CANDIDATE,
        /** Rows behind a sequence's first of a batch take their neighbour's position. */
        POSITION_OFF_BY_ONE,
        /** Two sequences of a batch get each other's logits. */
        SWAPPED_ROWS
    }

    /** Logits after a prefix of tokens. */
    @FunctionalInterface
    public interface Script {
        /**
         * @param tokens the prefix is the first {@code length} of these
         * @param logits to be filled
         */
        void logits(int[] tokens, int length, float[] logits);
    }

    private final int vocabulary;
    private final Script script;
    private final FakeCache cache = new FakeCache();
    private Consumer<ForwardBatch> beforeForward = batch -> {};
    private Fault fault = Fault.NONE;

    public FakeExecutor(int vocabulary, Script script) {
        this.vocabulary = vocabulary;
        this.script = script;
    }

    /** Logits that look random and depend on every token of the prefix. */
    public static Script hashed(long seed, double spread) {
        return (tokens, length, logits) -> {
            long hash = seed;
            for (int i = 0; i < length; i++) {
                hash = mix(hash ^ (tokens[i] + 0x9E3779B97F4A7C15L * (i + 1)));
            }
            for (int token = 0; token < logits.length; token++) {
                logits[token] = (float) ((mix(hash + token * 0xD1B54A32D192ED03L) >>> 11) * 0x1p-53 * spread);
            }
        };
    }

    /** Mostly the other script's logits, but something else after one prefix in {@code oneIn}. */
    public static Script disagreeing(Script other, long seed, int oneIn) {
        return disagreeing(other, seed, 1.0 / oneIn);
    }

    /** The same with another share of the contexts. */
    public static Script disagreeing(Script other, long seed, double share) {
        Script own = hashed(seed, 8);
        return (tokens, length, logits) -> {
            long hash = seed;
            for (int i = 0; i < length; i++) {
                hash = mix(hash ^ (tokens[i] + i));
            }
            (Math.floorMod(hash, 1_000_000) < share * 1_000_000 ? own : other).logits(tokens, length, logits);
        };
    }

    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    /** Runs before each pass, on the pass's thread; may throw. */
    public FakeExecutor beforeForward(Consumer<ForwardBatch> action) {
        beforeForward = action;
        return this;
    }

    public FakeExecutor fault(Fault value) {
        fault = value;
        return this;
    }

    /** Limits the cache; a pass that needs more pages fails as a real one does. */
    public FakeExecutor pages(int value) {
        cache.pages = value;
        return this;
    }

    @Override
    public int vocabulary() {
        return vocabulary;
    }

    @Override
    public KvCache kvCache() {
        return cache;
    }

    @Override
    public Logits forward(ForwardBatch batch) {
        beforeForward.accept(batch);
        cache.requireRoom(batch);
        float[] values = new float[batch.logitCount() * vocabulary];
        float[] row = new float[vocabulary];
        int next = 0;
        for (int i = 0; i < batch.rows(); i++) {
            FakeSequence sequence = (FakeSequence) batch.sequences().get(i);
            int position = batch.positions()[i];
            if (fault == Fault.POSITION_OFF_BY_ONE && position > sequence.length) {
                position--;
            }
            int ghosts = fault == Fault.UNTRUNCATED_CANDIDATE ? sequence.ghosts : 0;
            sequence.write(position + ghosts, batch.tokens()[i]);
            if (next < batch.logitCount() && batch.logitRows()[next] == i) {
                script.logits(sequence.tokens, position + ghosts + 1, row);
                System.arraycopy(row, 0, values, next++ * vocabulary, vocabulary);
            }
        }
        for (int i = 0; i < batch.sequenceCount(); i++) {
            batch.sequence(i).commit(batch.lengthAfter(i));
        }
        if (fault == Fault.SWAPPED_ROWS && batch.sequenceCount() > 1) {
            System.arraycopy(values.clone(), 0, values, values.length - vocabulary, vocabulary);
        }
        return new Logits(values, batch.logitCount(), vocabulary);
    }

    @Override
    public void close() {
        cache.close();
    }

    private static final class FakeCache implements KvCache {
        private final Set<FakeSequence> open = new HashSet<>();
        private int pages = Integer.MAX_VALUE;

        synchronized void requireRoom(ForwardBatch batch) {
            long needed = 0;
            for (FakeSequence sequence : open) {
                needed += pagesFor(sequence.length);
            }
            for (int i = 0; i < batch.sequenceCount(); i++) {
                needed += pagesFor(batch.lengthAfter(i))
                        - pagesFor(batch.sequence(i).length());
            }
            if (needed > pages) {
                throw new KvCacheFullException("no page is free: " + needed + " of " + pages + " are needed");
            }
        }

        @Override
        public synchronized KvSequence newSequence() {
            FakeSequence sequence = new FakeSequence(this);
            open.add(sequence);
            return sequence;
        }

        @Override
        public int pagePositions() {
            return 4;
        }

        @Override
        public int pages() {
            return pages;
        }

        @Override
        public synchronized int pagesInUse() {
            return open.stream()
                    .mapToInt(sequence -> Math.max(1, pagesFor(sequence.length)))
                    .sum();
        }

        @Override
        public long byteSize() {
            return 0;
        }

        synchronized void remove(FakeSequence sequence) {
            open.remove(sequence);
        }

        @Override
        public synchronized void close() {
            List<FakeSequence> leaked = new ArrayList<>(open);
            if (!leaked.isEmpty()) {
                throw new IllegalStateException(leaked.size() + " sequences were not closed");
            }
        }
    }

    private static final class FakeSequence implements KvSequence {
        private final FakeCache cache;
        private int[] tokens = new int[64];
        private int length;
        private int ghosts;
        private boolean closed;

        FakeSequence(FakeCache cache) {
            this.cache = cache;
        }

        void write(int position, int token) {
            if (closed) {
                throw new IllegalStateException("a closed sequence was computed on");
            }
            if (position >= tokens.length) {
                tokens = Arrays.copyOf(tokens, 2 * position);
            }
            tokens[position] = token;
        }

        @Override
        public int length() {
            return length;
        }

        @Override
        public void reserve(int positions) {}

        @Override
        public void commit(int newLength) {
            length = newLength;
        }

        @Override
        public void truncate(int position) {
            if (position > length || position < 0) {
                throw new IllegalArgumentException("truncate to " + position + " of " + length);
            }
            ghosts += position < length ? 1 : 0;
            length = position;
        }

        @Override
        public void close() {
            closed = true;
            cache.remove(this);
        }

        @Override
        public DType type() {
            return DType.F32;
        }

        @Override
        public int blockPositions() {
            return 4;
        }

        @Override
        public MemorySegment block(int index, int layer) {
            throw new UnsupportedOperationException("a fake sequence has no memory");
        }
    }
}
