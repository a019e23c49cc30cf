package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.pipeline.PipelineSettings.Groups;
import io.specoffload.pipeline.Worlds.Passes;
import io.specoffload.pipeline.Worlds.World;
import org.junit.jupiter.api.Test;

/**
 * From the twentieth round on, with whatever count of candidates the forecast began, the pipeline reaches at least 97% of what
 * the best count does that never changes. On a machine whose time is computed.
 */
class SettledSpeedTest {

    private static final int MOST_CANDIDATES = 12;

    /** So many that luck with candidates is not what decides, and that candidates that do not pay are tried again. */
    private static final Passes PASSES = new Passes(1, 20, 520);

    private static double speed(World world, int candidates, boolean adaptive, int foreseen) {
        PipelineSettings settings = new PipelineSettings(32, 100, candidates, 64)
                .withGroups(Groups.ONE)
                .withAdaptive(adaptive);
        return Worlds.run(world, world, settings, world.forecast(foreseen), PASSES)
                .tokensPerSecond();
    }

    private static void settles(World world) {
        double best = 0;
        for (int candidates = 0; candidates <= MOST_CANDIDATES; candidates++) {
            best = Math.max(best, speed(world, candidates, false, candidates));
        }
        for (int foreseen : new int[] {0, 9}) {
            double share = speed(world, MOST_CANDIDATES, true, foreseen) / best;
            assertThat(share).as("%s from %d candidates", world, foreseen).isGreaterThan(0.97);
        }
    }

    @Test
    void whereWeightsStream() {
        settles(new World(1.2, 0.009, 0.004, 0.7, 1));
        settles(new World(1.2, 0.009, 0.004, 0.7, 4));
        settles(new World(1.2, 0.009, 0.004, 0.7, 16));
    }

    @Test
    void whereEverythingIsInMemory() {
        settles(new World(0, 0.009, 0.004, 0.7, 1));
        settles(new World(0, 0.009, 0.004, 0.7, 4));
        settles(new World(0, 0.009, 0.004, 0.7, 16));
    }
}
