package io.specoffload.engine;

import io.specoffload.backend.Backend;
import io.specoffload.execution.ForwardExecutor;
import io.specoffload.format.GgufFile;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One model without a pipeline around it: for looking at logits. Resident or streamed, as an engine's target would be.
 * Owns everything but the backend.
 */
public final class SingleModel implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(SingleModel.class);

    private final Deque<AutoCloseable> resources = new ArrayDeque<>();
    private final MemoryPlan memory;
    private final ForwardExecutor executor;

    private SingleModel(EngineConfig config, Backend backend, int contextLength) throws IOException {
        boolean complete = false;
        try {
            GgufFile file = GgufFile.open(config.targetModel());
            resources.push(file);
            MemoryPlanning sizes = new MemoryPlanning(config, contextLength);
            ModelLoading loading = new ModelLoading(config, backend, sizes, resources::push);
            memory = sizes.plan(file, null);
            executor = (memory.placement() == null
                            ? loading.resident(
                                    file, config.targetModel(), MemoryPlanning.RESIDENT_ROWS, weights -> weights)
                            : loading.streamed(file, config.targetModel(), memory.placement()))
                    .executor();
            complete = true;
        } finally {
            if (!complete) {
                close();
            }
        }
    }

    /**
     * Loads the target model of a configuration.
     *
     * @param contextLength positions of the one sequence
     * @throws IOException if the file cannot be read
     * @throws MemoryBudgetException if the model does not fit the memory budget, not even streamed
     */
    public static SingleModel open(EngineConfig config, Backend backend, int contextLength) throws IOException {
        return new SingleModel(config, backend, contextLength);
    }

    public ForwardExecutor executor() {
        return executor;
    }

    public MemoryPlan memory() {
        return memory;
    }

    @Override
    public void close() {
        while (!resources.isEmpty()) {
            try {
                resources.pop().close();
            } catch (Exception e) {
                log.warn("Something did not close cleanly", e);
            }
        }
    }
}
