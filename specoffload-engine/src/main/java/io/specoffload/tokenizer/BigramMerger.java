package io.specoffload.tokenizer;

import java.util.Arrays;

/**
 * Joins adjacent symbols, the best pair first and of equals the leftmost, until no pair can be joined: the algorithm of
 * both SentencePiece's BPE (Kudo and Richardson 2018) and byte-level BPE (Sennrich et al. 2016), in O(n log n) for n
 * symbols through a linked list and a heap of pairs. One instance serves one thread and is reusable after
 * {@link #clear}.
 */
final class BigramMerger {

    /** What pairs may be joined. */
    interface Rules {

        /** The result for a pair that is not joined. */
        long NONE = Long.MIN_VALUE;

        /**
         * The rule for two adjacent symbols.
         *
         * @param start offset of the left symbol's first unit
         * @param end offset behind the right symbol's last unit
         * @param left the left symbol's value
         * @param right the right symbol's value
         * @return priority (smaller is joined first) in the upper 32 bits and the joined symbol's value in the lower
         *     ones, or {@link #NONE}
         */
        long rule(int start, int end, int left, int right);
    }

    private final Rules rules;
    private int[] starts = new int[256];
    private int[] ends = new int[256];
    private int[] values = new int[256];
    private int[] previous = new int[256];
    private int[] next = new int[256];
    private int count;

    /** Binary heap of pairs: priority and left symbol, which orders them; end offset and joined value. */
    private long[] heapKeys = new long[256];

    private long[] heapPairs = new long[256];
    private int heapSize;

    BigramMerger(Rules rules) {
        this.rules = rules;
    }

    void clear() {
        count = 0;
        heapSize = 0;
    }

    /** Adds a symbol that covers the units from {@code start} to {@code end}; symbols are added from left to right. */
    void add(int start, int end, int value) {
        if (count == starts.length) {
            starts = Arrays.copyOf(starts, 2 * count);
            ends = Arrays.copyOf(ends, 2 * count);
            values = Arrays.copyOf(values, 2 * count);
            previous = Arrays.copyOf(previous, 2 * count);
            next = Arrays.copyOf(next, 2 * count);
        }
        starts[count] = start;
        ends[count] = end;
        values[count] = value;
        previous[count] = count - 1;
        next[count] = count + 1;
        count++;
    }

    /** Joins all that can be joined. */
    void merge() {
        for (int i = 0; i + 1 < count; i++) {
            consider(i);
        }
        while (heapSize > 0) {
            int left = (int) heapKeys[0];
            long pair = heapPairs[0];
            pop();
            int end = (int) (pair >>> 32);
            // symbols only grow, so the pair is still there exactly if both ends are where they were
            if (ends[left] < 0 || next[left] >= count || ends[next[left]] != end) {
                continue;
            }
            int right = next[left];
            ends[left] = end;
            values[left] = (int) pair;
            ends[right] = -1;
            next[left] = next[right];
            if (next[left] < count) {
                previous[next[left]] = left;
                consider(left);
            }
            if (previous[left] >= 0) {
                consider(previous[left]);
            }
        }
    }

    /** The first symbol, or -1 if there is none. */
    int first() {
        return count == 0 ? -1 : 0;
    }

    /** The symbol after {@code symbol}, or -1. */
    int after(int symbol) {
        return next[symbol] < count ? next[symbol] : -1;
    }

    int start(int symbol) {
        return starts[symbol];
    }

    int end(int symbol) {
        return ends[symbol];
    }

    int value(int symbol) {
        return values[symbol];
    }

    private void consider(int left) {
        int right = next[left];
        long rule = rules.rule(starts[left], ends[right], values[left], values[right]);
        if (rule != Rules.NONE) {
            long key = (rule & 0xFFFF_FFFF_0000_0000L) | left;
            push(key, ((long) ends[right] << 32) | (rule & 0xFFFF_FFFFL));
        }
    }

    private void push(long key, long pair) {
        if (heapSize == heapKeys.length) {
            heapKeys = Arrays.copyOf(heapKeys, 2 * heapSize);
            heapPairs = Arrays.copyOf(heapPairs, 2 * heapSize);
        }
        int hole = heapSize++;
        while (hole > 0 && key < heapKeys[(hole - 1) / 2]) {
            int parent = (hole - 1) / 2;
            heapKeys[hole] = heapKeys[parent];
            heapPairs[hole] = heapPairs[parent];
            hole = parent;
        }
        heapKeys[hole] = key;
        heapPairs[hole] = pair;
    }

    private void pop() {
        heapSize--;
        long key = heapKeys[heapSize];
        long pair = heapPairs[heapSize];
        int hole = 0;
        while (2 * hole + 1 < heapSize) {
            int child = 2 * hole + 1;
            if (child + 1 < heapSize && heapKeys[child + 1] < heapKeys[child]) {
                child++;
            }
            if (key <= heapKeys[child]) {
                break;
            }
            heapKeys[hole] = heapKeys[child];
            heapPairs[hole] = heapPairs[child];
            hole = child;
        }
        heapKeys[hole] = key;
        heapPairs[hole] = pair;
    }
}
