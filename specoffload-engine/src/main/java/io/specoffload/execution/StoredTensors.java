package io.specoffload.execution;

import io.specoffload.format.Metadata;
import io.specoffload.format.ModelFile;
import io.specoffload.format.TensorIndex;
import io.specoffload.store.StreamUnit;
import io.specoffload.store.TensorStore;
import io.specoffload.store.WeightLease;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A store as a file whose tensors are those that stay in memory, and those of one expert. It owns nothing.
 *
 * @param store what is there
 * @param unit the expert, or null for none
 * @param lease where it is, or null
 */
record StoredTensors(
        TensorStore store,
        @Nullable StreamUnit unit,
        @Nullable WeightLease lease) implements ModelFile {

    /** Only what stays in memory. */
    static StoredTensors resident(TensorStore store) {
        return new StoredTensors(store, null, null);
    }

    @Override
    public Metadata metadata() {
        return store.index().metadata();
    }

    @Override
    public Collection<Tensor> tensors() {
        return List.of();
    }

    @Override
    public Optional<Tensor> tensor(String name) {
        if (unit != null && lease != null) {
            WeightLease buffer = lease;
            Optional<Tensor> staged = unit.offset(name).map(offset -> staged(name, offset, buffer));
            if (staged.isPresent()) {
                return staged;
            }
        }
        return store.resident(name);
    }

    private Tensor staged(String name, long offset, WeightLease buffer) {
        Optional<TensorIndex.Entry> whole = store.index().entry(name);
        TensorIndex.Entry entry = whole.orElseGet(() -> stackOf(name));
        Shape shape = whole.isPresent() ? entry.shape() : matrix(entry.shape());
        long bytes = entry.type().bytesFor(shape.elements());
        return new Tensor(name, entry.type(), shape, buffer.memory().asSlice(offset, bytes));
    }

    /** The stack that an expert was taken from. */
    private TensorIndex.Entry stackOf(String name) {
        return store.index()
                .entry(name.replaceFirst("\\.\\d+(\\.[a-z]+)$", "_exps$1"))
                .orElseThrow();
    }

    /** One of a stack: its extents but the last. */
    private static Shape matrix(Shape stack) {
        return new Shape(Arrays.copyOf(stack.extents(), stack.rank() - 1));
    }

    @Override
    public String name() {
        return "streamed";
    }

    @Override
    public void close() {
        // the store is its owner's
    }
}
