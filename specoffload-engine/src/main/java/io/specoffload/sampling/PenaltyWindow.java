package io.specoffload.sampling;

import java.util.Arrays;

/**
 * How often each token occurs among the latest tokens of a sequence. A stack: {@link #pop} undoes {@link #push}
 * exactly, so that candidates can be counted and taken back; both take constant time. Counts lie in an open-addressed
 * table of the tokens seen, which is small beside a vocabulary.
 */
final class PenaltyWindow {
    private static final int EMPTY = -1;

    private final int window;
    private int[] history;
    private int length;
    private int[] keys;
    private int[] counts;
    private int used;

    /**
     * @param window how many of the latest tokens count; -1 for all
     */
    PenaltyWindow(int window, int[] prompt) {
        this.window = window < 0 ? Integer.MAX_VALUE : window;
        this.history = new int[prompt.length + 64];
        this.keys = new int[64];
        Arrays.fill(keys, EMPTY);
        this.counts = new int[64];
        for (int token : prompt) {
            push(token);
        }
    }

    void push(int token) {
        if (length == history.length) {
            history = Arrays.copyOf(history, length * 2);
        }
        history[length++] = token;
        add(token, 1);
        if (length > window) {
            add(history[length - 1 - window], -1);
        }
    }

    void pop() {
        add(history[--length], -1);
        if (length >= window) {
            add(history[length - window], 1);
        }
    }

    /** Number of slots to visit; a slot's {@link #count} may be 0. */
    int slots() {
        return keys.length;
    }

    int token(int slot) {
        return keys[slot];
    }

    int count(int slot) {
        return counts[slot];
    }

    private void add(int token, int change) {
        int slot = find(token);
        if (keys[slot] == EMPTY) {
            if (2 * (used + 1) > keys.length) {
                rehash();
                slot = find(token);
            }
            keys[slot] = token;
            used++;
        }
        counts[slot] += change;
    }

    private int find(int token) {
        int mask = keys.length - 1;
        int slot = (token * 0x9E3779B9 >>> 7) & mask;
        while (keys[slot] != EMPTY && keys[slot] != token) {
            slot = (slot + 1) & mask;
        }
        return slot;
    }

    /** Drops tokens that left the window, and grows if that does not make room. */
    private void rehash() {
        int live = 0;
        for (int count : counts) {
            live += count == 0 ? 0 : 1;
        }
        int[] oldKeys = keys;
        int[] oldCounts = counts;
        int size = keys.length;
        while (4 * (live + 1) > size) {
            size *= 2;
        }
        keys = new int[size];
        Arrays.fill(keys, EMPTY);
        counts = new int[size];
        used = live;
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldCounts[i] != 0) {
                int slot = find(oldKeys[i]);
                keys[slot] = oldKeys[i];
                counts[slot] = oldCounts[i];
            }
        }
    }
}
