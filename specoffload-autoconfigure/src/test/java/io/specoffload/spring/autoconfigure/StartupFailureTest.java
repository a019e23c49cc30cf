package io.specoffload.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.boot.test.system.CapturedOutput;
import org.springframework.boot.test.system.OutputCaptureExtension;
import org.springframework.context.annotation.Configuration;

/** What a user sees on the console. */
@ExtendWith(OutputCaptureExtension.class)
class StartupFailureTest {

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    private static void start(String... arguments) {
        assertThatThrownBy(() -> new SpringApplicationBuilder(Application.class)
                        .web(WebApplicationType.NONE)
                        .run(arguments))
                .isInstanceOf(RuntimeException.class);
    }

    @Test
    void aMissingModelIsToldInPlainWords(CapturedOutput output) {
        start();

        assertThat(output)
                .contains(
                        "APPLICATION FAILED TO START",
                        "The property spring.ai.specoffload.target.model is not set",
                        "Set spring.ai.specoffload.target.model to the path of a GGUF file");
    }

    @Test
    void anImpossibleValueIsToldInPlainWords(CapturedOutput output) {
        start("--spring.ai.specoffload.pipeline.slots=0");

        assertThat(output)
                .contains(
                        "The property spring.ai.specoffload.pipeline.slots is 0.",
                        "Set spring.ai.specoffload.pipeline.slots to 1 or more.");
    }

    @Test
    void anUnknownPropertyIsToldInPlainWords(CapturedOutput output) {
        start("--spring.ai.specoffload.pipeline.slot=3");

        assertThat(output)
                .contains("APPLICATION FAILED TO START", "spring.ai.specoffload.pipeline.slot", "left unbound");
    }
}
