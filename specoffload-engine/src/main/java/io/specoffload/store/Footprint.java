package io.specoffload.store;

import io.specoffload.format.TensorIndex;
import io.specoffload.placement.PlacedTensor;
import io.specoffload.placement.PlacementStrategy;
import io.specoffload.placement.Staging;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.TensorRole;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What the tensors of a checkpoint take in memory, resident or streamed. */
public final class Footprint {

    private Footprint() {}

    /**
     * Describes a checkpoint to a placement strategy.
     *
     * @param stagingBytes memory of staging buffers, as far as that is enough for two
     * @param embeddingRows distinct embedding rows that a pass may need
     * @param alignment of direct reads
     */
    public static PlacementStrategy.Request request(
            TensorIndex index, long stagingBytes, int embeddingRows, int alignment) {
        List<PlacedTensor> tensors = new ArrayList<>();
        for (TensorIndex.Entry entry : index.entries()) {
            TensorRole role = TensorRole.of(entry.name());
            long staged = StreamUnit.paddedBytes(entry.byteSize(), alignment);
            Shape shape = entry.shape();
            tensors.add(new PlacedTensor(
                    entry.name(),
                    role,
                    TensorRole.layerOf(entry.name()),
                    ResidentTensors.paddedBytes(entry.byteSize()),
                    staged,
                    shape.rank() == 1 ? 1 : shape.extent(shape.rank() - 1),
                    split(index, entry, alignment)));
        }
        List<StreamUnit> experts =
                StreamPlan.layOutExperts(index.entries(), alignment).units();
        long expertBytes = experts.stream().mapToLong(StreamUnit::bytes).max().orElse(0);
        long rowBytes = index.entry(StreamPlan.EMBEDDING)
                .map(entry -> entry.type().bytesFor(entry.shape().extent(0)))
                .orElse(0L);
        return new PlacementStrategy.Request(
                tensors,
                Staging.of(stagingBytes, StreamPlan.leastUnitBytes(index, alignment), alignment),
                EmbeddingReader.memoryBytes(rowBytes, embeddingRows, alignment),
                experts.size(),
                expertBytes);
    }

    private static PlacedTensor.@Nullable Split split(TensorIndex index, TensorIndex.Entry entry, int alignment) {
        if (!StreamPlan.streams(entry, StreamPlan.head(index))
                || entry.shape().rank() != 2
                || entry.shape().rows() <= UnitPacker.PANEL_ROWS) {
            return null;
        }
        long rowBytes = entry.type().bytesFor(entry.shape().extent(0));
        return new PlacedTensor.Split(
                UnitPacker.PANEL_ROWS, rowBytes, ResidentTensors.paddedBytes(1), StreamUnit.paddedBytes(1, alignment));
    }
}
