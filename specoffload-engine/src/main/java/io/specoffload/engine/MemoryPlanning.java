package io.specoffload.engine;

import io.specoffload.format.GgufFile;
import io.specoffload.kv.KvLayout;
import io.specoffload.model.ModelConfig;
import io.specoffload.store.FileBlockReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * How much memory a configuration's models take: sizes of caches and passes, and the division of the budget.
 *
 * @param config of the engine
 * @param contextLength positions per sequence
 */
record MemoryPlanning(EngineConfig config, int contextLength) {

    private static final Logger log = LoggerFactory.getLogger(MemoryPlanning.class);

    /** Rows per chunk of a pass where every weight is in memory. */
    static final int RESIDENT_ROWS = 512;

    /** Rows per sweep: a further sweep costs more than the memory for more rows. */
    static final int STREAMED_ROWS = 2048;

    /** Most rows of a pass of the draft model: a piece of its matrices is then computed in about a millisecond. */
    static final int DRAFT_ROWS = 32;

    /** Context length where neither the configuration nor the model asks for less. */
    private static final int DEFAULT_CONTEXT = 4096;

    /** For a target model. */
    static MemoryPlanning of(EngineConfig config, ModelConfig target) {
        Integer wanted = config.contextLength();
        return new MemoryPlanning(config, wanted != null ? wanted : Math.min(target.contextLength(), DEFAULT_CONTEXT));
    }

    /**
     * Divides the memory budget, or what the machine has left.
     *
     * @throws MemoryBudgetException if the models do not fit
     * @throws IllegalArgumentException if the Java heap is too small
     */
    MemoryPlan plan(GgufFile target, @Nullable GgufFile draft) {
        MemoryPlan plan = divide(target, draft);
        HeapNeed.check(plan, Runtime.getRuntime().maxMemory());
        return plan;
    }

    private MemoryPlan divide(GgufFile target, @Nullable GgufFile draft) {
        MemoryPlanner planner = new MemoryPlanner(
                footprint(target, STREAMED_ROWS, config.slots() * (config.candidates() + 1)),
                draft == null ? null : footprint(draft, DRAFT_ROWS, Math.min(config.slots(), DRAFT_ROWS)),
                config.offload(),
                alignment(target),
                JvmShare.ofThisJvm());
        Long given = config.offload().memoryBudget();
        if (given != null) {
            return planner.plan(given);
        }
        OptionalLong available =
                new HostMemory(Path.of("/")).defaultBudget(Runtime.getRuntime().maxMemory());
        MemoryPlan everything = planner.everything();
        if (available.isEmpty() || everything.totalBytes() <= available.getAsLong()) {
            return everything;
        }
        try {
            return planner.plan(available.getAsLong());
        } catch (MemoryBudgetException tooSmall) {
            // an estimate must not keep an engine from starting; a budget that somebody set does
            log.warn("Memory is short: {}", tooSmall.getMessage());
            return everything;
        }
    }

    private static int alignment(GgufFile file) {
        try (FileBlockReader reader = reader(file)) {
            return reader.alignment();
        }
    }

    /** A direct reader of a model's files; the caller closes it. */
    static FileBlockReader reader(GgufFile file) {
        try {
            return FileBlockReader.open(
                    file.index().parts().stream().map(part -> part.file()).toList());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the model " + file.name(), e);
        }
    }

    private MemoryPlanner.Model footprint(GgufFile file, int rows, int logitRows) {
        ModelConfig model = ModelConfig.read(file);
        return new MemoryPlanner.Model(file.index(), model, kvLayout(model), kvPages(), rows(rows), logitRows);
    }

    KvLayout kvLayout(ModelConfig model) {
        return model.kvLayout(config.kvType().elementType());
    }

    /** Every slot can hold a full context and the candidates beyond it: pages never run out. */
    int kvPages() {
        return Math.multiplyExact(config.slots(), KvLayout.pagesFor(contextLength + config.candidates() + 1));
    }

    /** Rows of the largest pass, no more than {@code limit}. */
    int rows(int limit) {
        int rows = Math.max(config.prefillChunk(), config.slots()) + config.slots() * config.candidates();
        return Math.min(rows, limit);
    }
}
