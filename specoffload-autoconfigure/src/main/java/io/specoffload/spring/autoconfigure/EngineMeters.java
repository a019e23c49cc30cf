package io.specoffload.spring.autoconfigure;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.specoffload.engine.EngineStatistics;
import io.specoffload.engine.GenerationResult;
import io.specoffload.engine.InferenceEngine;
import java.util.function.ToDoubleFunction;

/**
 * The engine's meters: counters and gauges over its statistics, and two timers fed by finished generations.
 *
 * <p>{@code specoffload.time.to.first.token} includes queueing; {@code specoffload.time.per.output.token} is a
 * generation's decoding time divided by its tokens after the first.
 */
final class EngineMeters implements GenerationResultListener {

    private final Timer firstToken;
    private final Timer perToken;

    EngineMeters(MeterRegistry registry, InferenceEngine engine) {
        firstToken = timer(registry, "specoffload.time.to.first.token", "Queueing and prefill");
        perToken = timer(registry, "specoffload.time.per.output.token", "Decoding time per token after the first");

        var counters = new Meters(registry, engine);
        counters.count("specoffload.tokens", "type", "prompt", EngineStatistics::promptTokens);
        counters.count("specoffload.tokens", "type", "completion", EngineStatistics::completionTokens);
        counters.count("specoffload.rounds", "phase", "verify", EngineStatistics::rounds);
        counters.count("specoffload.candidates", "outcome", "accepted", EngineStatistics::accepted);
        counters.count("specoffload.candidates", "outcome", "rejected", s -> s.drafted() - s.accepted());
        counters.count("specoffload.requests", "outcome", "completed", EngineStatistics::completed);
        counters.count("specoffload.requests", "outcome", "cancelled", EngineStatistics::cancelled);
        counters.count("specoffload.requests", "outcome", "failed", EngineStatistics::failed);
        counters.count("specoffload.requests", "outcome", "rejected", EngineStatistics::rejected);
        counters.gauge("specoffload.acceptance.rate", s -> s.drafted() == 0 ? 0 : (double) s.accepted() / s.drafted());
        counters.gauge("specoffload.queue.depth", EngineStatistics::queued);
        counters.gauge("specoffload.sequences.running", EngineStatistics::running);
        counters.gauge("specoffload.kv.pages.used", EngineStatistics::kvPagesInUse);
        counters.gauge("specoffload.kv.pages.total", EngineStatistics::kvPages);
    }

    private static Timer timer(MeterRegistry registry, String name, String description) {
        return Timer.builder(name).description(description).register(registry);
    }

    @Override
    public void finished(GenerationResult result) {
        var usage = result.usage();
        if (usage.completionTokens() >= 1) {
            firstToken.record(usage.queued().plus(usage.prefill()));
        }
        if (usage.completionTokens() >= 2) {
            perToken.record(usage.decode().dividedBy(usage.completionTokens() - 1));
        }
    }

    /** Registers meters that read the engine's statistics. */
    private record Meters(MeterRegistry registry, InferenceEngine engine) {
        void count(String name, String tag, String value, ToDoubleFunction<EngineStatistics> reading) {
            FunctionCounter.builder(name, engine, it -> reading.applyAsDouble(it.statistics()))
                    .tag(tag, value)
                    .register(registry);
        }

        void gauge(String name, ToDoubleFunction<EngineStatistics> reading) {
            Gauge.builder(name, engine, it -> reading.applyAsDouble(it.statistics()))
                    .register(registry);
        }
    }
}
