package io.specoffload.execution;

import io.specoffload.model.AttentionWeights;
import io.specoffload.model.DenseWeights;
import io.specoffload.model.ExpertWeights;
import io.specoffload.model.LayerWeights;
import io.specoffload.model.Lease;
import io.specoffload.model.LentMatrix;
import io.specoffload.model.ModelWeights;
import io.specoffload.model.OuterWeights;
import io.specoffload.model.RouterWeights;
import io.specoffload.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A background model's weights: before each expert, and before each piece of any other matrix, the pass waits until the
 * foreground model does not compute. Owns nothing. Used by one thread.
 */
public final class YieldingWeights implements ModelWeights {

    /** A piece: computed in a fraction of a millisecond for one row, in about one for a few. */
    static final long PIECE_BYTES = 2 << 20;

    private final ModelWeights weights;
    private final ComputeGate gate;
    private final Outer outer;
    private final List<LayerWeights> layers = new ArrayList<>();

    /**
     * Wraps weights.
     *
     * @param weights resident: what they lend stays where it is
     * @param gate tells whose turn it is
     */
    public YieldingWeights(ModelWeights weights, ComputeGate gate) {
        this.weights = weights;
        this.gate = gate;
        this.outer = new Outer(weights.outer(), lent(weights.outer().head(), gate));
    }

    private static LentMatrix lent(LentMatrix matrix, ComputeGate gate) {
        return new YieldingMatrix(matrix, gate, PIECE_BYTES);
    }

    @Override
    public OuterWeights outer() {
        return outer;
    }

    @Override
    public LayerWeights layer(int index) {
        while (layers.size() <= index) {
            layers.add(new Layer(weights.layer(layers.size()), gate));
        }
        return layers.get(index);
    }

    private static final class Layer implements LayerWeights {
        private final LayerWeights weights;
        private final ComputeGate gate;
        private @Nullable AttentionWeights attention;
        private @Nullable DenseWeights dense;
        private @Nullable RouterWeights router;

        Layer(LayerWeights weights, ComputeGate gate) {
            this.weights = weights;
            this.gate = gate;
        }

        @Override
        public AttentionWeights attention() {
            AttentionWeights known = attention;
            if (known == null) {
                known = weights.attention().lent(matrix -> YieldingWeights.lent(matrix, gate));
                attention = known;
            }
            return known;
        }

        @Override
        public DenseWeights dense() {
            DenseWeights known = dense;
            if (known == null) {
                known = weights.dense().lent(matrix -> YieldingWeights.lent(matrix, gate));
                dense = known;
            }
            return known;
        }

        @Override
        public RouterWeights router() {
            RouterWeights known = router;
            if (known == null) {
                known = weights.router().lent(matrix -> YieldingWeights.lent(matrix, gate));
                router = known;
            }
            return known;
        }

        @Override
        public Lease<ExpertWeights> experts(int... ids) {
            Lease<ExpertWeights> lease = weights.experts(ids);
            ExpertWeights all = lease.weights();
            return new Borrowed<>(
                    id -> {
                        gate.awaitTurn();
                        return all.expert(id);
                    },
                    lease::close);
        }
    }

    private record Outer(OuterWeights weights, LentMatrix head) implements OuterWeights {

        @Override
        public Lease<EmbeddingRows> embedding(int[] tokens, int n) {
            return weights.embedding(tokens, n);
        }

        @Override
        public Tensor norm() {
            return weights.norm();
        }
    }
}
