package io.specoffload.tokenizer;

import java.util.Arrays;

/** A growing list of ints. Not thread-safe. */
final class IntList {

    private int[] values = new int[64];
    private int size;

    void add(int value) {
        if (size == values.length) {
            values = Arrays.copyOf(values, 2 * size);
        }
        values[size++] = value;
    }

    void addAll(int[] others) {
        for (int value : others) {
            add(value);
        }
    }

    int get(int index) {
        return values[index];
    }

    int size() {
        return size;
    }

    /** Drops all but the first {@code count} values. */
    void truncate(int count) {
        size = count;
    }

    /** A copy of the values from {@code from} on. */
    int[] toArray(int from) {
        return Arrays.copyOfRange(values, from, size);
    }
}
