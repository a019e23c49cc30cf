package io.specoffload.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.json.JsonMapper;

/**
 * Small templates render as Jinja2 3.1.6 renders them: {@code semantics.json} holds what its immutable sandbox gave,
 * with the settings that chat templates are rendered with.
 */
class SemanticsTest {

    record Sample(String source, String expected, Map<String, Object> context) {
        @Override
        public String toString() {
            return source.replace("\n", "\\n");
        }
    }

    @SuppressWarnings("unchecked")
    static List<Sample> samples() throws IOException {
        try (InputStream in = SemanticsTest.class.getResourceAsStream("/template/semantics.json")) {
            Map<String, Object> file = JsonMapper.builder().build().readValue(in, Map.class);
            Map<String, Object> context = (Map<String, Object>) file.get("context");
            return ((List<Map<String, Object>>) file.get("cases"))
                    .stream()
                            .map(each ->
                                    new Sample((String) each.get("source"), (String) each.get("expected"), context))
                            .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("samples")
    void rendersAsJinja2(Sample sample) {
        if (sample.expected() == null) {
            assertThatThrownBy(() -> render(sample)).isInstanceOf(TemplateException.class);
        } else {
            assertThat(render(sample)).isEqualTo(sample.expected());
        }
    }

    private static String render(Sample sample) {
        return JinjaTemplate.parse(sample.source()).render(sample.context(), TemplateConformanceTest.CLOCK);
    }
}
