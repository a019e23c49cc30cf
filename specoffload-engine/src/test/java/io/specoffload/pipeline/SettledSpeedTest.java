package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.pipeline.PipelineSettings.Groups;
import io.specoffload.pipeline.Worlds.Outcome;
import io.specoffload.pipeline.Worlds.Passes;
import io.specoffload.pipeline.Worlds.World;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * From the twentieth round on, with whatever count of candidates the forecast began, the pipeline reaches at least 97% of what
 * the best count does that never changes. On a machine whose time is computed, which it has for itself or not.
 */
class SettledSpeedTest {

    private static final int MOST_CANDIDATES = 12;

    /** So many that luck with candidates is not what decides, and that candidates that do not pay are tried again. */
    private static final Passes PASSES = new Passes(1, 20, 520);

    private static final DoubleUnaryOperator NOBODY = at -> 1;

    private static Outcome run(
            World world, int candidates, boolean adaptive, int foreseen, DoubleUnaryOperator slowdown) {
        PipelineSettings settings = new PipelineSettings(32, 100, candidates, 64)
                .withGroups(Groups.ONE)
                .withAdaptive(adaptive);
        return Worlds.run(world, world, settings, world.forecast(foreseen), PASSES, slowdown);
    }

    /** The best count that never changes. */
    private record Best(int candidates, double tokensPerSecond) {

        static Best of(World world, int mostCandidates) {
            Best best = new Best(0, 0);
            for (int candidates = 0; candidates <= mostCandidates; candidates++) {
                double speed = run(world, candidates, false, candidates, NOBODY).tokensPerSecond();
                best = speed > best.tokensPerSecond() ? new Best(candidates, speed) : best;
            }
            return best;
        }
    }

    private static void settles(World world) {
        Best best = Best.of(world, MOST_CANDIDATES);
        for (int foreseen : new int[] {0, 9}) {
            double share =
                    run(world, MOST_CANDIDATES, true, foreseen, NOBODY).tokensPerSecond() / best.tokensPerSecond();
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

    /** Others make everything slower alike, so that it remains the best which is the best on a machine of one's own. */
    private static void settlesAmongOthers(World world) {
        // with nobody else and nothing that streams, its time is what it computes
        Best best = Best.of(world, 5);
        for (int seed = 1; seed <= 3; seed++) {
            double share = run(world, best.candidates() + 2, true, best.candidates(), new Others(seed))
                            .tokensPerComputedSecond()
                    / best.tokensPerSecond();
            assertThat(share).as("%s among others, seed %d", world, seed).isGreaterThan(0.97);
        }
    }

    @Test
    void whereOthersUseTheMachineToo() {
        settlesAmongOthers(new World(0, 0.004, 0.0001, 0.7, 1));
        settlesAmongOthers(new World(0, 0.009, 0.004, 0.7, 1));
        settlesAmongOthers(new World(0, 0.002, 0.001, 0.8, 1));
        settlesAmongOthers(new World(0, 0.004, 0.0005, 0.7, 4));
        settlesAmongOthers(new World(0, 0.009, 0.004, 0.7, 16));
    }

    /**
     * As was seen on shared machines: up to 15% for seconds, 6% from one pass to the next, and one in eight moments in
     * which it takes 1.3 to 3.8 times as long.
     */
    private record Others(long seed) implements DoubleUnaryOperator {

        private static final double MOMENT = 0.7;

        @Override
        public double applyAsDouble(double at) {
            double factor = (1 + 0.15 * random(0, (long) (at / 3))) * (1 + 0.06 * random(1, (long) (at * 1e7)));
            long moment = (long) (at / MOMENT);
            return random(2, moment) < 0.12 ? factor * (1.3 + 2.5 * random(3, moment)) : factor;
        }

        /** From 0 to 1, the same for the same numbers (SplitMix64). */
        private double random(int stream, long index) {
            long z = (4 * seed + stream) * 0x9E3779B97F4A7C15L + index * 0xD1B54A32D192ED03L;
            z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
            z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
            return ((z ^ (z >>> 31)) >>> 11) * 0x1p-53;
        }
    }
}
