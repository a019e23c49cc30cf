package io.specoffload.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.backend.RopeTable;
import io.specoffload.testing.RandomModel;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RopeTablesTest {

    private RandomModel model = new RandomModel(1);

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void plainFrequenciesFallFromOneByPowersOfTheBase() {
        assertThat(global().frequencies()).containsExactly(1, 0.1f, 0.01f, 0.001f);
        assertThat(global().magnitude()).isEqualTo(1);
        assertThat(global().interleaved()).isTrue();
    }

    @Test
    void linearScalingDividesEachFrequency() {
        model.with("llama.rope.scaling.type", "linear").with("llama.rope.scaling.factor", 4.0);
        assertThat(global().frequencies()).containsExactly(0.25f, 0.025f, 0.0025f, 0.00025f);
        model.with("llama.rope.scaling.type", "none");
        assertThat(global().frequencies()).containsExactly(1, 0.1f, 0.01f, 0.001f);
    }

    @Test
    void divisorsApplyPairByPair() {
        RopeTable table = RopeTables.build(ModelConfig.read(model), new float[] {1, 2, 4, 8})
                .global();
        assertThat(table.frequencies()).containsExactly(1, 0.05f, 0.0025f, 0.000125f);
    }

    /**
     * Over 128 positions pair 0 turns 20 times, pair 1 twice, pair 2 and 3 less than once. With betaFast 32 and
     * betaSlow 1 the ramp runs from pair 0 (floor of -0.2, at least 0) to pair 2 (ceiling of 1.31).
     */
    @Test
    void yarnKeepsFastPairsAndDividesSlowOnes() {
        model.with("llama.rope.scaling.type", "yarn")
                .with("llama.rope.scaling.factor", 4.0)
                .with("llama.rope.scaling.original_context_length", 128L);
        RopeTable table = global();
        assertThat(table.frequencies()).containsExactly(1, 0.1f * (0.5f + 0.125f), 0.0025f, 0.00025f);
        assertThat(table.magnitude()).isCloseTo((float) (1 + 0.1 * Math.log(4)), within(1e-6f));
        model.with("llama.rope.scaling.attn_factor", 0.5);
        assertThat(global().magnitude()).isCloseTo((float) (0.5 + 0.05 * Math.log(4)), within(1e-6f));
        model.with("llama.rope.scaling.yarn_log_multiplier", 1.0);
        assertThat(global().magnitude()).isCloseTo(0.5f, within(1e-6f));
    }

    @Test
    void layersWithAWindowHaveTheirOwnUnscaledBase() {
        model.close();
        model = new RandomModel("gemma3", 1)
                .with("gemma3.rope.freq_base", 1e6)
                .with("gemma3.rope.scaling.factor", 8.0)
                .with("gemma3.attention.sliding_window", 16L);
        RopeTables tables = RopeTables.build(ModelConfig.read(model), null);
        assertThat(tables.window().frequencies()).containsExactly(1, 0.1f, 0.01f, 0.001f);
        assertThat(tables.global().frequencies()[0]).isEqualTo(0.125f);
        assertThat(tables.global().interleaved()).isFalse();
    }

    @Test
    void shortOrLongFactorsAreChosenByTheContext() {
        model.with("llama.rope.scaling.original_context_length", 64L)
                .tensor("rope_factors_short.weight", 4)
                .tensor("rope_factors_long.weight", 4);
        fill("rope_factors_short.weight", 2);
        fill("rope_factors_long.weight", 5);
        assertThat(firstFrequency(ModelLoader.load(model, 64))).isEqualTo(0.5f);
        assertThat(firstFrequency(ModelLoader.load(model, 65))).isEqualTo(0.2f);
    }

    private void fill(String name, float value) {
        MemorySegment data = model.tensor(name).orElseThrow().data();
        for (int i = 0; i < 4; i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        }
    }

    private static float firstFrequency(DecoderModel decoder) {
        return decoder.layers().getFirst().attention().rope().frequencies()[0];
    }

    private RopeTable global() {
        return RopeTables.build(ModelConfig.read(model), null).global();
    }
}
