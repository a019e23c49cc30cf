package io.specoffload.execution;

import io.specoffload.kv.KvCache;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Logits;
import io.specoffload.telemetry.StreamMonitor;
import java.util.Optional;

/**
 * Runs forward passes of one model. Used by one thread at a time.
 */
public interface ForwardExecutor extends AutoCloseable {

    /** Rows of the output head: logits per row. At least the tokenizer's number of tokens. */
    int vocabulary();

    /** The cache that this executor's sequences come from. The executor owns it. */
    KvCache kvCache();

    /**
     * Computes every row of the batch, writes its keys and values, and commits each sequence's new length.
     *
     * @return the logits that the batch asked for, borrowed until the next call
     * @throws io.specoffload.kv.KvCacheFullException if pages run out; no sequence has changed then
     */
    Logits forward(ForwardBatch batch);

    /** Live figures of the weights that stream; none where all of them are in memory. */
    default Optional<StreamMonitor> streaming() {
        return Optional.empty();
    }

    @Override
    void close();
}
