package io.specoffload.model;

import io.specoffload.kv.KvSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * The rows of one forward pass: a flat, ragged list of (sequence, position, token). Nothing is padded. The rows of one
 * sequence are added in order and take the positions that follow its cached ones. Not thread-safe; {@link #clear} makes
 * it reusable.
 */
public final class ForwardBatch {

    private final List<KvSequence> sequences = new ArrayList<>();

    /** The sequences, each once, and where each ends with the rows added so far. */
    private final List<KvSequence> distinct = new ArrayList<>();

    private int[] ends = new int[16];
    private int[] tokens = new int[64];
    private int[] positions = new int[64];
    private int[] logitRows = new int[64];
    private int logitCount;

    /**
     * Adds a row at the sequence's next position.
     *
     * @param wantLogits whether the row's logits are needed
     * @return the index of the row's logits in the result, or -1
     */
    public int add(KvSequence sequence, int token, boolean wantLogits) {
        int row = sequences.size();
        if (row == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * row);
            positions = Arrays.copyOf(positions, 2 * row);
            logitRows = Arrays.copyOf(logitRows, 2 * row);
        }
        int index = indexOf(sequence);
        int position = ends[index]++;
        sequences.add(sequence);
        tokens[row] = token;
        positions[row] = position;
        if (!wantLogits) {
            return -1;
        }
        logitRows[logitCount] = row;
        return logitCount++;
    }

    /** The sequence's index among the distinct ones; the latest, which most rows belong to, is looked at first. */
    @SuppressWarnings("ReferenceEquality") // a sequence is an identity
    private int indexOf(KvSequence sequence) {
        for (int i = distinct.size() - 1; i >= 0; i--) {
            if (distinct.get(i) == sequence) {
                return i;
            }
        }
        int index = distinct.size();
        if (index == ends.length) {
            ends = Arrays.copyOf(ends, 2 * index);
        }
        distinct.add(sequence);
        ends[index] = sequence.length();
        return index;
    }

    /** Number of rows n. */
    public int rows() {
        return sequences.size();
    }

    /** Each row's sequence, [n]. */
    public List<KvSequence> sequences() {
        return sequences;
    }

    /** How many different sequences the rows belong to. */
    public int sequenceCount() {
        return distinct.size();
    }

    /** The different sequences, in the order of their first rows. */
    public KvSequence sequence(int index) {
        return distinct.get(index);
    }

    /** The length that the {@code index}-th different sequence has after the pass. */
    public int lengthAfter(int index) {
        return ends[Objects.checkIndex(index, distinct.size())];
    }

    /** Each row's token; the first n entries count. The array is the batch's own. */
    public int[] tokens() {
        return tokens;
    }

    /** Each row's position; the first n entries count. The array is the batch's own. */
    public int[] positions() {
        return positions;
    }

    /** Indices of the rows whose logits are wanted, ascending; the first {@link #logitCount} entries count. */
    public int[] logitRows() {
        return logitRows;
    }

    public int logitCount() {
        return logitCount;
    }

    public boolean isEmpty() {
        return sequences.isEmpty();
    }

    public void clear() {
        sequences.clear();
        distinct.clear();
        logitCount = 0;
    }
}
