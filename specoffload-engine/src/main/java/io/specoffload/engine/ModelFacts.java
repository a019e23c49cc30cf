package io.specoffload.engine;

import io.specoffload.format.TensorIndex;
import io.specoffload.kv.KvLayout;
import io.specoffload.model.Activations;
import io.specoffload.model.ModelConfig;
import io.specoffload.plan.ComputeFootprint;
import io.specoffload.plan.MatrixGroup;
import io.specoffload.plan.MemoryShape;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.TensorRole;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * What a planner needs to know of a model file. Only its header was read.
 *
 * @param index its tensors
 * @param config its hyperparameters
 * @param kvTypes elements that its cache may have
 */
record ModelFacts(TensorIndex index, ModelConfig config, List<DType> kvTypes) {

    /**
     * Memory for sequences.
     *
     * @param rows of a pass at most
     * @param verifies whether passes give logits of all candidates, or of one row of a sequence each
     */
    MemoryShape.PerModel perModel(int rows, boolean verifies) {
        return new MemoryShape.PerModel(
                byKvType(kv -> kv.pageBytes()), rowBytes(), rows, (long) Float.BYTES * config.vocabulary(), verifies);
    }

    private <T> Map<DType, T> byKvType(Function<KvLayout, T> value) {
        Map<DType, T> values = new EnumMap<>(DType.class);
        kvTypes.forEach(type -> values.put(type, value.apply(config.kvLayout(type))));
        return values;
    }

    /** Bytes of activations per row of a pass. */
    long rowBytes() {
        int rows = 4096;
        return (Activations.byteSize(config, 2 * rows) - Activations.byteSize(config, rows)) / rows;
    }

    /** Bytes of a pass that do not depend on its rows, as long as they are more than a few. */
    long passBytes() {
        int rows = 4096;
        return Activations.byteSize(config, rows) - rows * rowBytes();
    }

    boolean tied() {
        return index.entries().stream().noneMatch(entry -> TensorRole.of(entry.name()) == TensorRole.OUTPUT_HEAD);
    }

    /** What a pass computes. */
    ComputeFootprint compute() {
        Map<DType, List<TensorIndex.Entry>> shared = new EnumMap<>(DType.class);
        Map<DType, List<TensorIndex.Entry>> experts = new EnumMap<>(DType.class);
        Map<DType, List<TensorIndex.Entry>> head = new EnumMap<>(DType.class);
        for (TensorIndex.Entry entry : index.entries()) {
            switch (TensorRole.of(entry.name())) {
                case ATTENTION, FEED_FORWARD, ROUTER -> add(shared, entry);
                case EXPERTS -> add(experts, entry);
                case OUTPUT_HEAD -> add(head, entry);
                case TOKEN_EMBEDDING -> {
                    if (tied()) {
                        add(head, entry);
                    }
                }
                default -> {}
            }
        }
        ModelConfig.ExpertConfig mixture = config.experts();
        int count = mixture == null ? 1 : mixture.count();
        int used = mixture == null ? 1 : mixture.used();
        List<MatrixGroup> groups = new ArrayList<>();
        shared.forEach((type, entries) -> groups.add(group(type, entries, 1, 1, false)));
        experts.forEach((type, entries) -> groups.add(group(type, entries, count, used, false)));
        head.forEach((type, entries) -> groups.add(group(type, entries, 1, 1, true)));
        return new ComputeFootprint(
                groups,
                config.layers(),
                config.width(),
                config.attention().queryWidth(),
                config.feedForward() * used,
                config.vocabulary(),
                byKvType(kv -> (double) kv.pageBytes() / KvLayout.PAGE_POSITIONS));
    }

    private static void add(Map<DType, List<TensorIndex.Entry>> byType, TensorIndex.Entry entry) {
        if (entry.shape().rank() >= 2) {
            byType.computeIfAbsent(entry.type(), type -> new ArrayList<>()).add(entry);
        }
    }

    private static MatrixGroup group(
            DType type, List<TensorIndex.Entry> entries, int experts, int expertsUsed, boolean logitsOnly) {
        double elements = entries.stream()
                .mapToDouble(entry -> (double) entry.shape().elements())
                .sum();
        return new MatrixGroup(type, elements, entries.size(), experts, expertsUsed, logitsOnly);
    }
}
