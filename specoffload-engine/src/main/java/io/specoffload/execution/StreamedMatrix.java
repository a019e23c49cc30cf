package io.specoffload.execution;

import io.specoffload.format.TensorIndex;
import io.specoffload.model.Lease;
import io.specoffload.model.LentMatrix;
import io.specoffload.model.WholeMatrix;
import io.specoffload.store.StreamPlan;
import io.specoffload.store.StreamPlan.RowPiece;
import io.specoffload.store.TensorStore;
import io.specoffload.store.WeightLease;
import io.specoffload.store.WeightStream;
import io.specoffload.telemetry.StallCause;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A matrix of which some rows stream: its first piece is what stays in memory, if anything does; the others wait for the
 * stream, and free its buffers as soon as they were used.
 */
final class StreamedMatrix implements LentMatrix {

    private final TensorIndex.Entry entry;
    private final @Nullable WholeMatrix resident;
    private final List<RowPiece> streamed;
    private final int[] firstRows;
    private final StreamPlan plan;
    private final WeightStream stream;
    private final StallCause cause;

    private StreamedMatrix(TensorStore store, TensorIndex.Entry entry, List<RowPiece> streamed) {
        this.entry = entry;
        this.streamed = streamed;
        this.plan = store.plan();
        this.stream = Objects.requireNonNull(store.stream(), "nothing streams");
        this.cause = entry.name().equals(plan.headName()) ? StallCause.OUTPUT_HEAD : StallCause.LAYER_WEIGHTS;
        this.resident = store.resident(entry.name()).map(WholeMatrix::new).orElse(null);
        List<Integer> begins = new ArrayList<>();
        if (resident != null) {
            begins.add(0);
        }
        streamed.forEach(piece -> begins.add(piece.from()));
        begins.add(entry.shape().rows());
        this.firstRows = begins.stream().mapToInt(Integer::intValue).toArray();
    }

    /** A matrix of a store, unless all of it stays in memory. */
    static Optional<LentMatrix> of(TensorStore store, String name) {
        List<RowPiece> pieces = store.plan().pieces(name);
        return pieces.isEmpty()
                ? Optional.empty()
                : store.index().entry(name).map(entry -> new StreamedMatrix(store, entry, pieces));
    }

    @Override
    public String name() {
        return entry.name();
    }

    @Override
    public int columns() {
        return entry.shape().columns();
    }

    @Override
    public int rows() {
        return entry.shape().rows();
    }

    @Override
    public int pieces() {
        return firstRows.length - 1;
    }

    @Override
    public int firstRow(int piece) {
        return firstRows[piece];
    }

    @Override
    public Lease<Tensor> piece(int piece) {
        if (resident != null && piece == 0) {
            return resident;
        }
        RowPiece rows = streamed.get(resident == null ? piece : piece - 1);
        long offset = plan.units().get(rows.unit()).offset(entry.name()).orElseThrow();
        Shape shape = new Shape(entry.shape().extent(0), rows.rows());
        WeightLease lease = stream.acquire(rows.unit(), entry.name(), cause);
        Tensor weights = new Tensor(
                entry.name(),
                entry.type(),
                shape,
                lease.memory().asSlice(offset, entry.type().bytesFor(shape.elements())));
        return new Borrowed<>(weights, lease.release());
    }
}
