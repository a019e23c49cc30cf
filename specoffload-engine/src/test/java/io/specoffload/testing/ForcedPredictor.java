package io.specoffload.testing;

import io.specoffload.execution.ExpertPredictor;
import java.util.Arrays;
import java.util.Random;
import java.util.function.IntFunction;
import java.util.function.Supplier;

/** Guesses each expert right with a given probability, and else another one; the same each time. */
public final class ForcedPredictor implements ExpertPredictor {

    private final double accuracy;
    private final int experts;
    private final IntFunction<int[]> truth;
    private final Random random;

    /**
     * @param accuracy probability that a guess is right
     * @param experts of a layer, at least 2
     * @param truth what the router of a layer will choose in this pass
     */
    public ForcedPredictor(double accuracy, int experts, long seed, IntFunction<int[]> truth) {
        this.accuracy = accuracy;
        this.experts = experts;
        this.truth = truth;
        this.random = new Random(seed);
    }

    @Override
    public int[] predict(int layer, Supplier<int[]> routedEarly) {
        return Arrays.stream(truth.apply(layer))
                .map(id -> random.nextDouble() < accuracy ? id : (id + 1 + random.nextInt(experts - 1)) % experts)
                .distinct()
                .toArray();
    }
}
