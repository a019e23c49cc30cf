package io.specoffload.spring.autoconfigure;

import io.specoffload.engine.InferenceEngine;
import org.springframework.context.SmartLifecycle;

/**
 * Ends what still runs at shutdown. Its phase is below those of the web server's graceful shutdown and of task
 * executors: they have given requests in flight their time before, so that what is left then is overdue.
 */
final class EngineLifecycle implements SmartLifecycle {

    static final int PHASE = SmartLifecycle.DEFAULT_PHASE - 4096;

    private final InferenceEngine engine;
    private volatile boolean running;

    EngineLifecycle(InferenceEngine engine) {
        this.engine = engine;
    }

    @Override
    public void start() {
        running = true;
    }

    @Override
    public void stop() {
        running = false;
        engine.cancelAll();
    }

    @Override
    public boolean isRunning() {
        return running;
    }

    @Override
    public int getPhase() {
        return PHASE;
    }
}
