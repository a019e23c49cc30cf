package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.pipeline.PipelineSettings.Groups;
import io.specoffload.pipeline.Worlds.Outcome;
import io.specoffload.pipeline.Worlds.Passes;
import io.specoffload.pipeline.Worlds.World;
import io.specoffload.plan.RoundForecast;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * The world changes while the pipeline runs: within 30 rounds it does at least 90% of what a pipeline does that has known
 * nothing else, and it does not waver. On a machine whose time is computed.
 */
class DriftTest {

    private static final int MOST_CANDIDATES = 8;
    private static final int FORESEEN = 3;
    private static final Passes PASSES = new Passes(80, 80 + 30, 80 + 30 + 80);
    private static final PipelineSettings SETTINGS = new PipelineSettings(32, 100, MOST_CANDIDATES, 64)
            .withGroups(Groups.AUTO)
            .withAdaptive(true);

    private static void recovers(World first, World then) {
        recovers(first, then, null, null);
        recovers(first, then, first.forecast(FORESEEN), then.forecast(FORESEEN));
    }

    private static void recovers(
            World first, World then, @Nullable RoundForecast forecast, @Nullable RoundForecast fresh) {
        Outcome changed = Worlds.run(first, then, SETTINGS, forecast, PASSES);
        Outcome always = Worlds.run(then, then, SETTINGS, fresh, PASSES);
        assertThat(changed.tokensPerSecond())
                .as("%s, then %s", first, then)
                .isGreaterThan(0.9 * always.tokensPerSecond());
        assertThat(changed.changes()).as("counts %s", changed.counts()).isLessThanOrEqualTo(4);
    }

    @Test
    void theDiskBecomesThreeTimesSlower() {
        recovers(new World(0.5, 0.008, 0.002, 0.8, 8), new World(1.5, 0.008, 0.002, 0.8, 8));
        recovers(new World(1.5, 0.008, 0.002, 0.8, 8), new World(0.5, 0.008, 0.002, 0.8, 8));
    }

    @Test
    void theDraftModelBecomesWrong() {
        recovers(new World(0.3, 0.02, 0.004, 0.9, 8), new World(0.3, 0.02, 0.004, 0.5, 8));
        recovers(new World(0, 0.02, 0.004, 0.9, 8), new World(0, 0.02, 0.004, 0.5, 8));
    }

    @Test
    void theDraftModelBecomesMostlyWrong() {
        recovers(new World(0.3, 0.02, 0.004, 0.8, 8), new World(0.3, 0.02, 0.004, 0.2, 8));
        recovers(new World(0, 0.02, 0.004, 0.8, 8), new World(0, 0.02, 0.004, 0.2, 8));
        recovers(new World(1.5, 0.008, 0.002, 0.8, 8), new World(1.5, 0.008, 0.002, 0.2, 8));
    }

    @Test
    void theDraftModelBecomesAlwaysWrong() {
        recovers(new World(0.3, 0.02, 0.004, 0.9, 8), new World(0.3, 0.02, 0.004, 0, 8));
    }

    @Test
    void theLoadDoubles() {
        recovers(new World(1.0, 0.01, 0.002, 0.8, 8), new World(1.0, 0.01, 0.002, 0.8, 16));
        recovers(new World(0, 0.01, 0.002, 0.8, 8), new World(0, 0.01, 0.002, 0.8, 16));
    }

    @Test
    void computingBecomesSlower() {
        World fast = new World(1.5, 0.004, 0.002, 0.8, 8);
        World slow = new World(1.5, 0.02, 0.008, 0.8, 8);
        recovers(fast, slow);
        recovers(slow, fast);
        recovers(new World(0, 0.004, 0.002, 0.8, 8), new World(0, 0.012, 0.006, 0.8, 8));
    }
}
