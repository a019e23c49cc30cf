package io.specoffload.model;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.AttentionOptions;
import io.specoffload.backend.Kernels;
import io.specoffload.kv.KvSequence;
import io.specoffload.model.ModelConfig.AttentionConfig;
import io.specoffload.telemetry.RoutingListener;
import io.specoffload.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A run of consecutive rows of a batch on its way through the layers: what the blocks of the model work on. Reused from
 * chunk to chunk. Not thread-safe.
 */
public final class ForwardPass {

    private final Kernels kernels;
    private final Activations activations;
    private final List<KvSequence> sequences;
    private final int[] tokens;
    private final int[] positions;
    private final int[] logitRows;
    private final ExpertRouting routing = new ExpertRouting();
    private final RoutingListener routingListener;
    private int rows;
    private int logitCount;

    public ForwardPass(Kernels kernels, Activations activations) {
        this(kernels, activations, RoutingListener.NONE);
    }

    /**
     * @param routingListener hears which experts the rows go to
     */
    public ForwardPass(Kernels kernels, Activations activations, RoutingListener routingListener) {
        this.routingListener = routingListener;
        this.kernels = kernels;
        this.activations = activations;
        int capacity = activations.maxRows();
        this.sequences = new ArrayList<>(capacity);
        this.tokens = new int[capacity];
        this.positions = new int[capacity];
        this.logitRows = new int[capacity];
    }

    /**
     * Starts anew with the rows {@code from..} of a batch, as many as there are and fit.
     *
     * @return the row after the last one taken
     */
    public int take(ForwardBatch batch, int from) {
        int to = Math.min(batch.rows(), from + activations.maxRows());
        rows = to - from;
        sequences.clear();
        for (int row = from; row < to; row++) {
            sequences.add(batch.sequences().get(row));
        }
        System.arraycopy(batch.tokens(), from, tokens, 0, rows);
        System.arraycopy(batch.positions(), from, positions, 0, rows);
        logitCount = 0;
        for (int i = 0; i < batch.logitCount(); i++) {
            int row = batch.logitRows()[i];
            if (row >= from && row < to) {
                logitRows[logitCount++] = row - from;
            }
        }
        return to;
    }

    public Kernels kernels() {
        return kernels;
    }

    Activations activations() {
        return activations;
    }

    ExpertRouting routing() {
        return routing;
    }

    RoutingListener routingListener() {
        return routingListener;
    }

    /** Number of rows n. */
    public int rows() {
        return rows;
    }

    int[] tokens() {
        return tokens;
    }

    int[] positions() {
        return positions;
    }

    /** {@code count} of the rows whose logits are wanted, ascending, from the {@code from}-th on. */
    int[] logitRows(int from, int count) {
        return Arrays.copyOfRange(logitRows, from, from + count);
    }

    /** How many rows' logits are wanted. */
    public int logitCount() {
        return logitCount;
    }

    AttentionBatch attentionBatch(int layer, AttentionConfig config, AttentionOptions options, @Nullable Tensor sinks) {
        return new AttentionBatch(
                rows, sequences, positions, layer, config.heads(), config.kvHeads(), config.headSize(), options, sinks);
    }
}
