package io.specoffload.spring.autoconfigure;

import io.specoffload.engine.EngineInfo;
import io.specoffload.engine.EngineStatistics;
import io.specoffload.engine.InferenceEngine;
import org.springframework.boot.health.contributor.AbstractHealthIndicator;
import org.springframework.boot.health.contributor.Health;

/** Up while the engine takes requests, with the models' names; out of service from the start of a shutdown. */
final class SpecOffloadHealthIndicator extends AbstractHealthIndicator {

    private final InferenceEngine engine;
    private final EngineLifecycle lifecycle;

    SpecOffloadHealthIndicator(InferenceEngine engine, EngineLifecycle lifecycle) {
        super("the engine cannot be asked");
        this.engine = engine;
        this.lifecycle = lifecycle;
    }

    @Override
    protected void doHealthCheck(Health.Builder health) {
        EngineInfo info = engine.info();
        EngineStatistics counters = engine.statistics();
        health.status(lifecycle.isRunning() ? "UP" : "OUT_OF_SERVICE")
                .withDetail("target", info.target().name())
                .withDetail("backend", info.backend())
                .withDetail("running", counters.running())
                .withDetail("queued", counters.queued());
        if (info.draft() != null) {
            health.withDetail("draft", info.draft().name());
        }
    }
}
