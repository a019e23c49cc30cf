package io.specoffload.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.format.ModelFormatException;
import io.specoffload.testing.RandomModel;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelConfigTest {

    private RandomModel model = new RandomModel(1);

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void readsAPlainModel() {
        ModelConfig config = ModelConfig.read(model);
        assertThat(config.layers()).isEqualTo(2);
        assertThat(config.width()).isEqualTo(32);
        assertThat(config.vocabulary()).isEqualTo(RandomModel.VOCABULARY);
        assertThat(config.contextLength()).isEqualTo(256);
        assertThat(config.attention().headSize()).isEqualTo(8);
        assertThat(config.attention().kvWidth()).isEqualTo(16);
        assertThat(config.attention().scale()).isEqualTo((float) (1 / Math.sqrt(8)));
        assertThat(config.attention().windowLayers()).isEmpty();
        assertThat(config.rope().dimensions()).isEqualTo(8);
        assertThat(config.rope().base()).isEqualTo(10_000);
        assertThat(config.rope().factor()).isEqualTo(1);
        assertThat(config.experts()).isNull();
    }

    static Stream<Arguments> wrongValues() {
        return Stream.of(
                Arguments.of("block_count", 0L),
                Arguments.of("block_count", -1L),
                Arguments.of("block_count", 1L << 40),
                Arguments.of("block_count", "two"),
                Arguments.of("embedding_length", 0L),
                Arguments.of("embedding_length", Long.MAX_VALUE),
                Arguments.of("feed_forward_length", 0L),
                Arguments.of("feed_forward_length", new long[] {48, 64}),
                Arguments.of("context_length", 0L),
                Arguments.of("attention.head_count", 0L),
                Arguments.of("attention.head_count", 1L << 19),
                Arguments.of("attention.head_count_kv", 3L),
                Arguments.of("attention.head_count_kv", 0L),
                Arguments.of("attention.head_count_kv", new long[] {2, 1}),
                Arguments.of("attention.key_length", 0L),
                Arguments.of("attention.value_length", 16L),
                Arguments.of("attention.layer_norm_rms_epsilon", 0.0),
                Arguments.of("attention.layer_norm_rms_epsilon", Double.NaN),
                Arguments.of("rope.dimension_count", 10L),
                Arguments.of("rope.dimension_count", 7L),
                Arguments.of("rope.freq_base", -1.0),
                Arguments.of("rope.freq_base", Double.POSITIVE_INFINITY),
                Arguments.of("rope.scaling.type", "dynamic"),
                Arguments.of("rope.scaling.factor", -2.0),
                Arguments.of("rope.scaling.factor", Double.NaN),
                Arguments.of("rope.scaling.original_context_length", 0L),
                Arguments.of("rope.scaling.attn_factor", Double.NaN),
                Arguments.of("final_logit_softcapping", -1.0),
                Arguments.of("expert_count", -1L),
                Arguments.of("expert_count", 1L << 30));
    }

    @ParameterizedTest
    @MethodSource("wrongValues")
    void aWrongValueIsRefusedByItsKey(String key, Object value) {
        model.with("llama." + key, value);
        assertThatThrownBy(() -> ModelConfig.read(model))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("llama." + key);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "block_count",
                "embedding_length",
                "feed_forward_length",
                "context_length",
                "attention.head_count",
                "attention.layer_norm_rms_epsilon"
            })
    void aMissingKeyIsNamed(String key) {
        model.with("llama." + key, null);
        assertThatThrownBy(() -> ModelConfig.read(model))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("llama." + key)
                .hasMessageContaining("missing");
    }

    @Test
    void expertsNeedTheirNumberPerToken() {
        model.with("llama.expert_count", 4L).with("llama.expert_used_count", 5L);
        assertThatThrownBy(() -> ModelConfig.read(model)).hasMessageContaining("llama.expert_used_count");
        model.with("llama.expert_used_count", null);
        assertThatThrownBy(() -> ModelConfig.read(model)).hasMessageContaining("llama.expert_used_count");
    }

    @Test
    void anUnknownArchitectureIsRefusedWithTheSupportedOnes() {
        model.with("general.architecture", "mamba");
        assertThatThrownBy(() -> ModelConfig.read(model))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("\"mamba\" is not supported")
                .hasMessageContaining("llama, qwen2, qwen3, qwen3moe, gemma2, gemma3, gpt-oss, phi3");
        model.with("general.architecture", null);
        assertThatThrownBy(() -> ModelConfig.read(model)).hasMessageContaining("general.architecture is missing");
    }

    @Test
    void equalValuesPerLayerCountAsOne() {
        model.with("llama.attention.head_count_kv", new long[] {2, 2});
        assertThat(ModelConfig.read(model).attention().kvHeads()).isEqualTo(2);
    }

    @Test
    void windowsFollowTheFamilysPeriodOrTheFiles() {
        assertThat(windowLayers("gemma2", List.of())).isEqualTo(Set.of(0, 2, 4, 6));
        assertThat(windowLayers("gemma3", List.of())).isEmpty();
        assertThat(windowLayers("gpt-oss", List.of())).isEqualTo(Set.of(0, 2, 4, 6));
        assertThat(ModelConfig.read(model).attention().window()).isEqualTo(128);
        String window = "gemma3.attention.sliding_window";
        assertThat(windowLayers("gemma3", List.of(window, 512L))).isEqualTo(Set.of(0, 1, 2, 3, 4, 6, 7));
        String pattern = "gemma3.attention.sliding_window_pattern";
        assertThat(windowLayers("gemma3", List.of(window, 512L, pattern, 3L))).isEqualTo(Set.of(0, 1, 3, 4, 6, 7));
        boolean[] flags = {true, false, false, false, false, false, false, true};
        assertThat(windowLayers("gemma3", List.of(window, 512L, pattern, flags)))
                .isEqualTo(Set.of(0, 7));
        assertThat(windowLayers("llama", List.of("llama.attention.sliding_window", 512L)))
                .isEmpty();
    }

    @Test
    void windowLayersRotateByTheFamilysOwnBaseUnlessTheFileGivesOne() {
        windowLayers("gemma3", List.of("gemma3.attention.sliding_window", 512L, "gemma3.rope.freq_base", 1e6));
        assertThat(ModelConfig.read(model).rope().base()).isEqualTo(1e6);
        assertThat(ModelConfig.read(model).rope().windowBase()).isEqualTo(10_000);
        model.with("gemma3.rope.freq_base_swa", 20_000.0);
        assertThat(ModelConfig.read(model).rope().windowBase()).isEqualTo(20_000);
        windowLayers("gpt-oss", List.of("gpt-oss.rope.freq_base", 150_000.0));
        assertThat(ModelConfig.read(model).rope().windowBase()).isZero();
    }

    @Test
    void aWindowBaseThatTheFamilyHasNoPlaceForIsRefused() {
        windowLayers("gpt-oss", List.of("gpt-oss.rope.freq_base", 150_000.0, "gpt-oss.rope.freq_base_swa", 150_000.0));
        assertThat(ModelConfig.read(model).rope().windowBase()).isZero();
        model.with("gpt-oss.rope.freq_base_swa", 10_000.0);
        assertThatThrownBy(() -> ModelConfig.read(model)).hasMessageContaining("gpt-oss.rope.freq_base_swa");
    }

    private Set<Integer> windowLayers(String architecture, List<Object> entries) {
        model.close();
        model = new RandomModel(architecture, 1).with(architecture + ".block_count", 8L);
        for (int i = 0; i < entries.size(); i += 2) {
            model.with((String) entries.get(i), entries.get(i + 1));
        }
        return ModelConfig.read(model).attention().windowLayers();
    }

    @Test
    void theSizeScaledByWidthIsRecognized() {
        model.close();
        model = new RandomModel("gemma2", 1)
                .with("gemma2.block_count", 46L)
                .with("gemma2.attention.key_length", 16L)
                .with("gemma2.attention.value_length", 16L);
        assertThat(ModelConfig.read(model).attention().scale()).isEqualTo((float) (1 / Math.sqrt(8)));
        model.with("gemma2.block_count", 42L);
        assertThat(ModelConfig.read(model).attention().scale()).isEqualTo(0.25f);
    }
}
