package io.specoffload.tokenizer;

/** An immutable-after-filling hash table from pairs of non-negative ints to longs, without boxing. */
final class PairTable {

    private static final long EMPTY = -1;

    private final long[] keys;
    private final long[] values;
    private final int mask;

    /** A table for at most {@code capacity} pairs. */
    PairTable(int capacity) {
        int slots = Integer.highestOneBit(Math.max(8, capacity)) * 4;
        keys = new long[slots];
        java.util.Arrays.fill(keys, EMPTY);
        values = new long[slots];
        mask = slots - 1;
    }

    /** Enters a pair; one that is there already keeps its value. */
    void putIfAbsent(int left, int right, long value) {
        long key = key(left, right);
        int slot = slot(key);
        if (keys[slot] == EMPTY) {
            keys[slot] = key;
            values[slot] = value;
        }
    }

    /** The pair's value, or {@code otherwise}. */
    long get(int left, int right, long otherwise) {
        int slot = slot(key(left, right));
        return keys[slot] == EMPTY ? otherwise : values[slot];
    }

    private int slot(long key) {
        long hash = key * 0x9E3779B97F4A7C15L;
        int slot = (int) (hash >>> 32) & mask;
        while (keys[slot] != EMPTY && keys[slot] != key) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    private static long key(int left, int right) {
        return (long) left << 32 | right;
    }
}
