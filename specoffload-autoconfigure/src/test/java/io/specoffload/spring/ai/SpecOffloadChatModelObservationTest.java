package io.specoffload.spring.ai;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.observation.ObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistry;
import io.micrometer.observation.tck.TestObservationRegistryAssert;
import io.specoffload.spring.testing.ScriptedEngine;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.ai.chat.observation.ChatModelObservationContext;
import org.springframework.ai.chat.observation.DefaultChatModelObservationConvention;
import org.springframework.ai.chat.prompt.Prompt;
import reactor.test.StepVerifier;

class SpecOffloadChatModelObservationTest {

    private final TestObservationRegistry registry = TestObservationRegistry.create();

    private SpecOffloadChatModel model(ScriptedEngine engine, ObservationRegistry observations) {
        return SpecOffloadChatModel.builder(engine)
                .observationRegistry(observations)
                .defaultOptions(SpecOffloadChatOptions.builder()
                        .temperature(0.5)
                        .topK(4)
                        .build())
                .build();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void observesModelOptionsAnswerAndUsage(boolean streaming) {
        SpecOffloadChatModel model = model(ScriptedEngine.saying("a", "b"), registry);

        if (streaming) {
            model.stream(new Prompt("Hello")).blockLast();
        } else {
            model.call(new Prompt("Hello"));
        }

        TestObservationRegistryAssert.assertThat(registry)
                .doesNotHaveAnyRemainingCurrentObservation()
                .hasObservationWithNameEqualTo(DefaultChatModelObservationConvention.DEFAULT_NAME)
                .that()
                .hasContextualNameEqualTo("chat scripted-target")
                .hasLowCardinalityKeyValue("gen_ai.operation.name", "chat")
                .hasLowCardinalityKeyValue("gen_ai.system", "specoffload")
                .hasLowCardinalityKeyValue("gen_ai.request.model", "scripted-target")
                .hasLowCardinalityKeyValue("gen_ai.response.model", "scripted-target")
                .hasHighCardinalityKeyValue("gen_ai.request.temperature", "0.5")
                .hasHighCardinalityKeyValue("gen_ai.request.top_k", "4")
                .hasHighCardinalityKeyValue("gen_ai.response.finish_reasons", "[\"stop\"]")
                .hasHighCardinalityKeyValueWithKey("gen_ai.response.id")
                .hasHighCardinalityKeyValue("gen_ai.usage.input_tokens", "7")
                .hasHighCardinalityKeyValue("gen_ai.usage.output_tokens", "3")
                .hasHighCardinalityKeyValue("gen_ai.usage.total_tokens", "10")
                .hasBeenStarted()
                .hasBeenStopped();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void observesFailures(boolean streaming) {
        SpecOffloadChatModel model =
                model(new ScriptedEngine((request, turn) -> turn.fail(new IllegalStateException("broken"))), registry);

        if (streaming) {
            StepVerifier.create(model.stream(new Prompt("Hello"))).verifyErrorMessage("broken");
        } else {
            org.assertj.core.api.Assertions.assertThatThrownBy(() -> model.call(new Prompt("Hello")))
                    .hasMessage("broken");
        }

        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo(DefaultChatModelObservationConvention.DEFAULT_NAME)
                .that()
                .hasError()
                .hasBeenStopped();
    }

    @Test
    void theWholeAnswerIsInTheContextOfAStream() {
        SpecOffloadChatModel model = model(ScriptedEngine.saying("a", "b"), registry);

        model.stream(new Prompt("Hello")).blockLast();

        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo(DefaultChatModelObservationConvention.DEFAULT_NAME)
                .that()
                .satisfies(context -> {
                    var response = ((ChatModelObservationContext) context).getResponse();
                    assertThat(response.getResult().getOutput().getText()).isEqualTo("ab");
                    assertThat(response.getMetadata().getUsage().getNativeUsage())
                            .isInstanceOf(SpecOffloadUsage.class);
                });
    }

    @Test
    void aCancelledStreamStopsItsObservation() {
        SpecOffloadChatModel model = model(
                new ScriptedEngine((request, turn) -> {
                    turn.text("first");
                    turn.completeWhenCancelled();
                }),
                registry);

        model.stream(new Prompt("Hello")).blockFirst();

        TestObservationRegistryAssert.assertThat(registry)
                .hasObservationWithNameEqualTo(DefaultChatModelObservationConvention.DEFAULT_NAME)
                .that()
                .hasBeenStopped();
    }
}
