package io.specoffload.spring.ai;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.prompt.ChatOptions;
import org.springframework.ai.model.tool.StructuredOutputChatOptions;
import org.springframework.ai.test.options.AbstractChatOptionsTests;

class SpecOffloadChatOptionsTest
        extends AbstractChatOptionsTests<SpecOffloadChatOptions, SpecOffloadChatOptions.Builder> {

    @Override
    protected Class<SpecOffloadChatOptions> getConcreteOptionsClass() {
        return SpecOffloadChatOptions.class;
    }

    @Override
    protected SpecOffloadChatOptions.Builder readyToBuildBuilder() {
        return SpecOffloadChatOptions.builder()
                .temperature(0.5)
                .stopSequences(List.of("END"))
                .minP(0.1)
                .repetitionPenalty(1.1)
                .seed(42L)
                .speculation(false)
                .logitBias(Map.of(3, 1.5f))
                .timeout(Duration.ofSeconds(9))
                .outputSchema("{}")
                .templateVariables(Map.of("enable_thinking", false));
    }

    @Test
    void mutateKeepsEveryValue() {
        SpecOffloadChatOptions options = readyToBuildBuilder().build();

        SpecOffloadChatOptions copy = options.mutate().build();

        assertThat(copy).isEqualTo(options).hasSameHashCodeAs(options);
        assertThat(copy.getMinP()).isEqualTo(0.1);
        assertThat(copy.getRepetitionPenalty()).isEqualTo(1.1);
        assertThat(copy.getSeed()).isEqualTo(42L);
        assertThat(copy.getSpeculation()).isFalse();
        assertThat(copy.getLogitBias()).containsEntry(3, 1.5f);
        assertThat(copy.getTimeout()).isEqualTo(Duration.ofSeconds(9));
        assertThat(copy.getOutputSchema()).isEqualTo("{}");
        assertThat(copy.getTemplateVariables()).containsEntry("enable_thinking", false);
        assertThat(copy.getStopSequences()).containsExactly("END");
    }

    @Test
    void everyValueOfOursTakesPartInEquality() {
        SpecOffloadChatOptions options = readyToBuildBuilder().build();

        assertThat(options.mutate().seed(43L).build()).isNotEqualTo(options);
        assertThat(options.mutate().minP(0.2).build()).isNotEqualTo(options);
        assertThat(options.mutate().outputSchema(null).build()).isNotEqualTo(options);
    }

    @Test
    void combiningLetsTheOtherWinWhereItHasAValue() {
        SpecOffloadChatOptions options = readyToBuildBuilder()
                .combineWith(SpecOffloadChatOptions.builder().seed(7L).templateVariables(Map.of("other", 1)))
                .build();

        assertThat(options.getSeed()).isEqualTo(7L);
        assertThat(options.getMinP()).isEqualTo(0.1);
        assertThat(options.getTemplateVariables()).containsKeys("enable_thinking", "other");
    }

    @Test
    void portableOptionsCombine() {
        SpecOffloadChatOptions options = readyToBuildBuilder()
                .combineWith(ChatOptions.builder().temperature(0.9).topK(3))
                .build();

        assertThat(options.getTemperature()).isEqualTo(0.9);
        assertThat(options.getTopK()).isEqualTo(3);
        assertThat(options.getSeed()).isEqualTo(42L);
    }

    @Test
    void anOutputSchemaOfAnotherKindOfOptionsIsTaken() {
        SpecOffloadChatOptions options = SpecOffloadChatOptions.builder()
                .combineWith(StructuredOutputChatOptions.builder().outputSchema("{\"type\":\"object\"}"))
                .build();

        assertThat(options.getOutputSchema()).isEqualTo("{\"type\":\"object\"}");
    }

    @Test
    void defaultsDoNotDoubleStopSequences() {
        SpecOffloadChatOptions defaults = SpecOffloadChatOptions.builder()
                .stopSequences(List.of("A"))
                .topK(5)
                .build();

        assertThat(defaults.mutate().build().orElse(defaults).getStopSequences())
                .containsExactly("A");
        assertThat(SpecOffloadChatOptions.builder().build().orElse(defaults).getStopSequences())
                .containsExactly("A");
        assertThat(SpecOffloadChatOptions.builder()
                        .stopSequences(List.of("B"))
                        .build()
                        .orElse(defaults))
                .satisfies(merged -> {
                    assertThat(merged.getStopSequences()).containsExactly("B");
                    assertThat(merged.getTopK()).isEqualTo(5);
                });
    }
}
