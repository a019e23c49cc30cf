package io.specoffload.engine;

import io.specoffload.format.TensorIndex;
import io.specoffload.kv.KvLayout;
import io.specoffload.model.Activations;
import io.specoffload.model.ModelConfig;
import io.specoffload.plan.ComputeFootprint;
import io.specoffload.plan.MatrixGroup;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.TensorRole;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * What a planner needs to know of a model file. Only its header was read.
 *
 * @param index its tensors
 * @param config its hyperparameters
 * @param kv its cache
 */
record ModelFacts(TensorIndex index, ModelConfig config, KvLayout kv) {

    /** Bytes of keys and values of one position, over all layers. */
    double kvBytesPerToken() {
        return (double) kv.pageBytes() / KvLayout.PAGE_POSITIONS;
    }

    /** Bytes of activations per row of a pass. */
    long rowBytes() {
        int rows = 4096;
        return (Activations.byteSize(config, 2 * rows) - Activations.byteSize(config, rows)) / rows;
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
                kv.type(),
                kvBytesPerToken());
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
