package io.specoffload.execution;

import io.specoffload.model.Lease;
import io.specoffload.model.LentMatrix;
import io.specoffload.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** A matrix in memory that is lent in small pieces, each when the foreground model does not compute. */
final class YieldingMatrix implements LentMatrix {

    /** Kernels compute so many rows together. */
    private static final int ROW_STEP = 16;

    private final LentMatrix matrix;
    private final ComputeGate gate;
    private final List<Piece> pieces = new ArrayList<>();

    /**
     * @param matrix what it lends stays where it is
     * @param pieceBytes most of a piece, unless it is a single panel of rows
     */
    YieldingMatrix(LentMatrix matrix, ComputeGate gate, long pieceBytes) {
        this.matrix = matrix;
        this.gate = gate;
        for (int piece = 0; piece < matrix.pieces(); piece++) {
            try (Lease<Tensor> lease = matrix.piece(piece)) {
                cut(lease.weights(), matrix.firstRow(piece), pieceBytes);
            }
        }
    }

    private void cut(Tensor rows, int first, long pieceBytes) {
        int step = (int) Math.max(1, pieceBytes / rows.rowBytes() / ROW_STEP) * ROW_STEP;
        if (step >= rows.rows()) {
            pieces.add(new Piece(rows, first));
            return;
        }
        for (int from = 0; from < rows.rows(); from += step) {
            pieces.add(new Piece(rows.rows(from, Math.min(step, rows.rows() - from)), first + from));
        }
    }

    private record Piece(Tensor weights, int firstRow) implements Lease<Tensor> {

        @Override
        public void close() {
            // stays where it is
        }
    }

    @Override
    public String name() {
        return matrix.name();
    }

    @Override
    public int columns() {
        return matrix.columns();
    }

    @Override
    public int rows() {
        return matrix.rows();
    }

    @Override
    public int pieces() {
        return pieces.size();
    }

    @Override
    public int firstRow(int piece) {
        return piece == pieces.size() ? rows() : pieces.get(piece).firstRow();
    }

    @Override
    public Lease<Tensor> piece(int piece) {
        gate.awaitTurn();
        return pieces.get(piece);
    }
}
