package io.specoffload.execution;

import io.specoffload.model.AttentionWeights;
import io.specoffload.model.DenseWeights;
import io.specoffload.model.ExpertWeights;
import io.specoffload.model.LayerWeights;
import io.specoffload.model.LayerWeights.Lease;
import io.specoffload.model.ModelWeights;
import io.specoffload.model.OuterWeights;
import io.specoffload.model.OuterWeights.HeadRows;
import io.specoffload.model.RouterWeights;
import io.specoffload.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * A background model's weights: before each part of a layer, and before each piece of the output head, the pass waits
 * until the foreground model does not compute. The head, the largest matrix of a small model, is lent in pieces for that.
 * Owns nothing.
 */
public final class YieldingWeights implements ModelWeights {

    /** A piece of the head: computed in a fraction of a millisecond for one row. */
    private static final long PIECE_BYTES = 1 << 20;

    /** Kernels compute so many rows together. */
    private static final int ROW_STEP = 16;

    private final ModelWeights weights;
    private final ComputeGate gate;
    private final Outer outer;

    /**
     * Wraps weights.
     *
     * @param weights resident: what they lend stays where it is
     * @param gate tells whose turn it is
     */
    public YieldingWeights(ModelWeights weights, ComputeGate gate) {
        this.weights = weights;
        this.gate = gate;
        this.outer = new Outer(weights.outer(), gate, pieces(weights.outer()));
    }

    private static List<Piece> pieces(OuterWeights outer) {
        List<Piece> pieces = new ArrayList<>();
        for (int piece = 0; piece < outer.headPieces(); piece++) {
            try (Lease<HeadRows> lease = outer.head(piece)) {
                Tensor head = lease.weights().weight();
                int first = lease.weights().from();
                long rowBytes = Math.max(1, head.byteSize() / head.rows());
                int step = (int) Math.max(1, PIECE_BYTES / rowBytes / ROW_STEP) * ROW_STEP;
                for (int from = 0; from < head.rows(); from += step) {
                    Tensor rows = head.rows(from, Math.min(step, head.rows() - from));
                    pieces.add(new Piece(new HeadRows(rows, first + from)));
                }
            }
        }
        return pieces;
    }

    @Override
    public OuterWeights outer() {
        gate.awaitTurn();
        return outer;
    }

    @Override
    public LayerWeights layer(int index) {
        return new Layer(weights.layer(index), gate);
    }

    private record Layer(LayerWeights weights, ComputeGate gate) implements LayerWeights {

        @Override
        public Lease<AttentionWeights> attention() {
            gate.awaitTurn();
            return weights.attention();
        }

        @Override
        public Lease<DenseWeights> dense() {
            gate.awaitTurn();
            return weights.dense();
        }

        @Override
        public Lease<RouterWeights> router() {
            gate.awaitTurn();
            return weights.router();
        }

        @Override
        public Lease<ExpertWeights> experts(int... ids) {
            gate.awaitTurn();
            return weights.experts(ids);
        }
    }

    /** Some rows of the head. */
    private record Piece(HeadRows weights) implements Lease<HeadRows> {
        @Override
        public void close() {}
    }

    private record Outer(OuterWeights weights, ComputeGate gate, List<Piece> pieces) implements OuterWeights {

        @Override
        public Lease<EmbeddingRows> embedding(int[] tokens, int n) {
            return weights.embedding(tokens, n);
        }

        @Override
        public Tensor norm() {
            return weights.norm();
        }

        @Override
        public int headPieces() {
            return pieces.size();
        }

        @Override
        public Lease<HeadRows> head(int piece) {
            gate.awaitTurn();
            return pieces.get(piece);
        }
    }
}
