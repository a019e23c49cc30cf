package io.specoffload.store;

import io.specoffload.format.TensorIndex;
import io.specoffload.placement.PlacedTensor;
import io.specoffload.placement.PlacementStrategy;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.TensorRole;
import java.util.ArrayList;
import java.util.List;

/** What the tensors of a checkpoint take in memory, resident or streamed. */
public final class Footprint {

    private Footprint() {}

    /**
     * Describes a checkpoint to a placement strategy.
     *
     * @param stagingLayers staging buffers, at least 2
     * @param embeddingRows distinct embedding rows that a pass may need
     * @param alignment of direct reads
     */
    public static PlacementStrategy.Request request(
            TensorIndex index, int stagingLayers, int embeddingRows, int alignment) {
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
                    shape.rank() == 1 ? 1 : shape.extent(shape.rank() - 1)));
        }
        List<StreamUnit> experts =
                StreamPlan.layOutExperts(index.entries(), alignment).units();
        long expertBytes = experts.stream().mapToLong(StreamUnit::bytes).max().orElse(0);
        long rowBytes = index.entry(StreamPlan.EMBEDDING)
                .map(entry -> entry.type().bytesFor(entry.shape().extent(0)))
                .orElse(0L);
        return new PlacementStrategy.Request(
                tensors,
                stagingLayers,
                EmbeddingReader.memoryBytes(rowBytes, embeddingRows, alignment),
                experts.size(),
                expertBytes);
    }
}
