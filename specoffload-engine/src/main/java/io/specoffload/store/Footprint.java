package io.specoffload.store;

import io.specoffload.format.TensorIndex;
import io.specoffload.placement.PlacedTensor;
import io.specoffload.placement.PlacementStrategy;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.TensorRole;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the tensors of a checkpoint take in memory, resident or streamed. */
public final class Footprint {

    private Footprint() {}

    /** Kernels compute panels of so many rows; a matrix is divided between panels. */
    private static final long PANEL_ROWS = 16;

    /** What is computed in two products if some of its rows stay: the largest matrix of a dense layer. */
    private static final Pattern DIVIDED = Pattern.compile("blk\\.\\d{1,6}\\.ffn_down\\.weight");

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
                stagingLayers,
                EmbeddingReader.memoryBytes(rowBytes, embeddingRows, alignment),
                experts.size(),
                expertBytes);
    }

    private static PlacedTensor.@Nullable Split split(TensorIndex index, TensorIndex.Entry entry, int alignment) {
        String head = index.entry(StreamPlan.OUTPUT).isPresent() ? StreamPlan.OUTPUT : StreamPlan.EMBEDDING;
        boolean divided =
                entry.name().equals(head) || DIVIDED.matcher(entry.name()).matches();
        if (!divided || entry.shape().rank() != 2 || entry.shape().rows() <= PANEL_ROWS) {
            return null;
        }
        long rowBytes = entry.type().bytesFor(entry.shape().extent(0));
        return new PlacedTensor.Split(
                PANEL_ROWS, rowBytes, ResidentTensors.paddedBytes(1), StreamUnit.paddedBytes(1, alignment));
    }
}
