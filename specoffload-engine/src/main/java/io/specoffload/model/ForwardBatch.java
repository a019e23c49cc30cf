package io.specoffload.model;

import io.specoffload.kv.KvSequence;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The rows of one forward pass: a flat, ragged list of (sequence, position, token). Nothing is padded. The rows of one
 * sequence are added in order and take the positions that follow its cached ones. Not thread-safe; {@link #clear} makes
 * it reusable.
 */
public final class ForwardBatch {

    private final List<KvSequence> sequences = new ArrayList<>();
    private final IdentityHashMap<KvSequence, Integer> ends = new IdentityHashMap<>();
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
        int position = ends.getOrDefault(sequence, sequence.length());
        ends.put(sequence, position + 1);
        sequences.add(sequence);
        tokens[row] = token;
        positions[row] = position;
        if (!wantLogits) {
            return -1;
        }
        logitRows[logitCount] = row;
        return logitCount++;
    }

    /** Number of rows n. */
    public int rows() {
        return sequences.size();
    }

    /** Each row's sequence, [n]. */
    public List<KvSequence> sequences() {
        return sequences;
    }

    /** The sequences of the batch, each once, with the length it has after the pass. */
    public Map<KvSequence, Integer> lengthsAfter() {
        return ends;
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
        ends.clear();
        logitCount = 0;
    }
}
