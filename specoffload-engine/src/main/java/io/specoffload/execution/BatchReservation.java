package io.specoffload.execution;

import io.specoffload.kv.KvSequence;
import io.specoffload.kv.PagedKvCache;
import io.specoffload.model.ForwardBatch;
import java.util.List;
import java.util.Map;

/**
 * The cache pages of one batch: reserved for all its sequences or for none, and given back on close unless committed.
 * A pass that fails thus leaves every sequence as it was.
 */
final class BatchReservation implements AutoCloseable {

    private final ForwardBatch batch;
    private boolean committed;

    private BatchReservation(ForwardBatch batch) {
        this.batch = batch;
    }

    /**
     * @throws io.specoffload.kv.KvCacheFullException if pages run out
     * @throws IllegalArgumentException if a sequence is not of this cache or has changed since it was added
     */
    static BatchReservation of(ForwardBatch batch, PagedKvCache cache) {
        checkPositions(batch, cache);
        BatchReservation reservation = new BatchReservation(batch);
        boolean complete = false;
        try {
            for (Map.Entry<KvSequence, Integer> entry : batch.lengthsAfter().entrySet()) {
                entry.getKey().reserve(entry.getValue());
            }
            complete = true;
        } finally {
            if (!complete) {
                reservation.close();
            }
        }
        return reservation;
    }

    private static void checkPositions(ForwardBatch batch, PagedKvCache cache) {
        List<KvSequence> sequences = batch.sequences();
        Map<KvSequence, Integer> after = batch.lengthsAfter();
        int total = 0;
        for (Map.Entry<KvSequence, Integer> entry : after.entrySet()) {
            if (!cache.owns(entry.getKey())) {
                throw new IllegalArgumentException("a sequence of the batch belongs to another cache");
            }
            total += entry.getValue() - entry.getKey().length();
        }
        if (total != sequences.size()) {
            throw new IllegalArgumentException("a sequence has changed since its rows were added to the batch");
        }
        for (int row = 0; row < sequences.size(); row++) {
            if (batch.positions()[row] < sequences.get(row).length()) {
                throw new IllegalArgumentException("a sequence has changed since its rows were added to the batch");
            }
        }
    }

    /**
     * @throws IllegalArgumentException if a token is not in the vocabulary
     */
    static void checkTokens(ForwardBatch batch, int vocabulary) {
        for (int row = 0; row < batch.rows(); row++) {
            int token = batch.tokens()[row];
            if (token < 0 || token >= vocabulary) {
                throw new IllegalArgumentException(
                        "token " + token + " of row " + row + " is not below the vocabulary's " + vocabulary);
            }
        }
    }

    /** Makes the new rows part of their sequences. */
    void commit() {
        batch.lengthsAfter().forEach(KvSequence::commit);
        committed = true;
    }

    @Override
    public void close() {
        if (!committed) {
            batch.lengthsAfter().keySet().forEach(sequence -> sequence.truncate(sequence.length()));
        }
    }
}
