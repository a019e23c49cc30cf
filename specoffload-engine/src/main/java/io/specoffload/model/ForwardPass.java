package io.specoffload.model;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.AttentionOptions;
import io.specoffload.backend.Kernels;
import io.specoffload.kv.KvSequence;
import io.specoffload.model.ModelConfig.AttentionConfig;
import io.specoffload.telemetry.RoutingListener;
import io.specoffload.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A run of consecutive rows of a batch on its way through the layers: what the blocks of the model work on. Reused from
 * chunk to chunk. Not thread-safe.
 */
public final class ForwardPass {

    private static final AttentionBatch NO_ROWS =
            new AttentionBatch(0, List.of(), new int[0], 0, 1, 1, 1, AttentionOptions.causal(1));

    private final Kernels kernels;
    private final Activations activations;
    private final List<KvSequence> sequences;
    private final int[] tokens;
    private final int[] positions;
    private final int[] logitRows;
    private final int[] chosenRows;
    private final List<AttentionBatch> attentionBatches = new ArrayList<>();
    private final ExpertRouting routing = new ExpertRouting();
    private final RoutingListener routingListener;
    private int rows;
    private int logitCount;
    private boolean branchPending;

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
        this.chosenRows = new int[capacity];
    }

    /**
     * Starts anew with the rows {@code from..} of a batch, as many as there are and fit.
     *
     * @return the row after the last one taken
     */
    public int take(ForwardBatch batch, int from) {
        int to = Math.min(batch.rows(), from + activations.maxRows());
        rows = to - from;
        branchPending = false;
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

    /**
     * Of the rows whose logits are wanted, ascending, {@code count} from the {@code from}-th on: valid until the next
     * call, and only as many entries count.
     */
    int[] logitRows(int from, int count) {
        System.arraycopy(logitRows, from, chosenRows, 0, count);
        return chosenRows;
    }

    /** How many rows' logits are wanted. */
    public int logitCount() {
        return logitCount;
    }

    /** The rows as attention sees them; passes of as many rows share the object. */
    AttentionBatch attentionBatch(int layer, AttentionConfig config, AttentionOptions options, @Nullable Tensor sinks) {
        while (attentionBatches.size() <= layer) {
            attentionBatches.add(NO_ROWS);
        }
        AttentionBatch kept = attentionBatches.get(layer);
        if (kept.rows() == rows && kept.options().equals(options) && Objects.equals(kept.sinks(), sinks)) {
            return kept;
        }
        AttentionBatch made = new AttentionBatch(
                rows, sequences, positions, layer, config.heads(), config.kvHeads(), config.headSize(), options, sinks);
        attentionBatches.set(layer, made);
        return made;
    }

    /** Leaves a branch's result, which lies in {@link Activations#projected}, to be added to the hidden state. */
    void addBranch() {
        branchPending = true;
    }

    /** The norm of the hidden state, with what was left to be added, into {@link Activations#normed}. */
    void normHidden(Tensor weight, float epsilon) {
        if (branchPending) {
            kernels.addRmsNorm(activations.hidden, activations.projected, weight, epsilon, rows, activations.normed);
        } else {
            kernels.rmsNorm(activations.hidden, weight, epsilon, rows, activations.normed);
        }
        branchPending = false;
    }

    /** Adds what was left to be added: the hidden state is complete afterwards. */
    void settle(int width) {
        if (branchPending) {
            kernels.add(activations.hidden, activations.projected, rows * width);
        }
        branchPending = false;
    }
}
