package io.specoffload.model;

import io.specoffload.backend.RopeTable;
import io.specoffload.model.Architecture.Trait;
import io.specoffload.model.ModelConfig.RopeConfig;
import org.jspecify.annotations.Nullable;

/**
 * Builds the rotary frequencies of a model, every kind of scaling included.
 *
 * @param global of the layers that see everything
 * @param window of the layers with a sliding window; may be the same
 */
record RopeTables(RopeTable global, RopeTable window) {

    /**
     * @param divisors one per pair, by which its frequency is divided before any other scaling (Llama 3's and Phi 3's
     *     frequency factors), or null
     */
    static RopeTables build(ModelConfig config, float @Nullable [] divisors) {
        RopeConfig rope = config.rope();
        boolean interleaved = config.architecture().has(Trait.INTERLEAVED_ROPE);
        float[] frequencies = frequencies(rope, divisors);
        RopeTable global = new RopeTable(frequencies, (float) rope.magnitude(), interleaved);
        if (rope.windowBase() == 0) {
            return new RopeTables(global, global);
        }
        float[] local = new float[rope.dimensions() / 2];
        for (int i = 0; i < local.length; i++) {
            local[i] = (float) frequency(rope.windowBase(), i, rope.dimensions());
        }
        return new RopeTables(global, new RopeTable(local, 1, interleaved));
    }

    private static float[] frequencies(RopeConfig rope, float @Nullable [] divisors) {
        float[] frequencies = new float[rope.dimensions() / 2];
        double low = Math.max(0, Math.floor(pairOf(rope.betaFast(), rope)));
        double high = Math.min(rope.dimensions() - 1, Math.ceil(pairOf(rope.betaSlow(), rope)));
        for (int i = 0; i < frequencies.length; i++) {
            double own = frequency(rope.base(), i, rope.dimensions()) / (divisors == null ? 1 : divisors[i]);
            double interpolated = own / rope.factor();
            double keep = rope.yarn() ? 1 - Math.clamp((i - low) / Math.max(0.001, high - low), 0.0, 1.0) : 0;
            frequencies[i] = (float) (interpolated * (1 - keep) + own * keep);
        }
        return frequencies;
    }

    private static double frequency(double base, int pair, int dimensions) {
        return Math.pow(base, -2.0 * pair / dimensions);
    }

    /** The (fractional) pair that turns {@code rotations} times over the original context: YaRN, equation 17 ff. */
    private static double pairOf(double rotations, RopeConfig rope) {
        double perTurn = rope.originalContext() / (rotations * 2 * Math.PI);
        return rope.dimensions() * Math.log(perTurn) / (2 * Math.log(rope.base()));
    }
}
