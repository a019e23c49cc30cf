package io.specoffload.template;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JinjaTemplateTest {

    private static String render(String source, Map<String, ?> variables) {
        return JinjaTemplate.parse(source).render(variables, TemplateConformanceTest.CLOCK);
    }

    @Test
    void takesJavasNumbersCollectionsAndNulls() {
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put("i", 7);
        variables.put("f", 0.1f);
        variables.put("d", new BigDecimal("2.50"));
        variables.put("n", null);
        variables.put("l", Arrays.asList(1, null, (short) 3));
        assertThat(render("{{ i }} {{ f }} {{ d }} {{ n }} {{ l }}", variables))
                .isEqualTo("7 0.1 2.5 None [1, None, 3]");
    }

    @Test
    void reachesNoJavaObject() {
        assertThatThrownBy(() -> render("{{ o }}", Map.of("o", new Object())))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("java.lang.Object");
        assertThat(render("{{ s.getClass is defined }}{{ s.bytes is defined }}", Map.of("s", "x")))
                .isEqualTo("FalseFalse");
    }

    @Test
    void leavesTheCallersVariablesAlone() {
        Map<String, Object> map = new LinkedHashMap<>(Map.of("k", 1));
        render("{% set m = {'k': 2} %}{{ m }}", Map.of("m", map));
        assertThat(map).containsExactly(Map.entry("k", 1));
    }

    @Test
    void namesTheLineOfAnError() {
        assertThatThrownBy(() -> render("a\n{{ 1 }}\n{{ missing.attribute }}\n", Map.of()))
                .isInstanceOfSatisfying(
                        TemplateException.class, e -> assertThat(e.line()).isEqualTo(3))
                .hasMessage("template line 3: 'missing' is undefined");
        assertThatThrownBy(() -> JinjaTemplate.parse("x\n{% if a %}\ny"))
                .isInstanceOfSatisfying(
                        TemplateException.class, e -> assertThat(e.line()).isEqualTo(3));
    }

    @Test
    void refusesWithTheTemplatesOwnWords() {
        assertThatThrownBy(() -> render("\n{{ raise_exception('No ' ~ what) }}", Map.of("what", "way")))
                .isInstanceOfSatisfying(
                        TemplateRefusalException.class,
                        e -> assertThat(e.line()).isEqualTo(2))
                .hasMessage("No way");
    }

    @Test
    void readsTheTimeFromTheClockInItsZone() {
        Clock clock = Clock.fixed(Instant.parse("2025-03-09T23:30:00Z"), ZoneId.of("Europe/Paris"));
        assertThat(JinjaTemplate.parse("{{ strftime_now('%d %B %Y, %H:%M') }}").render(Map.of(), clock))
                .isEqualTo("10 March 2025, 00:30");
    }

    @Test
    void knowsTheNamesThatTheTemplateReads() {
        assertThat(JinjaTemplate.parse("{% if tools %}{{ bos_token ~ messages[0]['tools2'] }}{% endif %}")
                        .names())
                .containsExactlyInAnyOrder("tools", "bos_token", "messages");
    }

    @Test
    void holdsRenderingsToTheirLimits() {
        TemplateLimits limits = new TemplateLimits(30, 1000, 5, 20);
        assertThatThrownBy(() -> JinjaTemplate.parse("{{ 'x' * 31 }}", limits).render(Map.of(), Clock.systemUTC()))
                .hasMessageContaining("30 characters");
        assertThatThrownBy(() -> JinjaTemplate.parse("{% for i in range(20) %}xy{% endfor %}", limits)
                        .render(Map.of(), Clock.systemUTC()))
                .hasMessageContaining("30 characters");
        assertThatThrownBy(() -> JinjaTemplate.parse(
                                "{% for i in range(20) %}{% for j in range(20) %}{% endfor %}{% endfor %}".repeat(3),
                                limits)
                        .render(Map.of(), Clock.systemUTC()))
                .hasMessageContaining("1000 steps");
        assertThatThrownBy(() -> JinjaTemplate.parse("{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}", limits)
                        .render(Map.of(), Clock.systemUTC()))
                .hasMessageContaining("5 levels");
        assertThatThrownBy(() -> JinjaTemplate.parse("{{ range(21) }}", limits).render(Map.of(), Clock.systemUTC()))
                .hasMessageContaining("Range too big");
    }

    /** Each would take forever, or all memory, if nothing bounded it. */
    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% for a in range(100000) %}{% for b in range(100000) %}{% for c in range(9) %}{% endfor %}{% endfor %}{% endfor %}",
                "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}",
                "{% set ns = namespace(s='x') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
                "{% set ns = namespace(s=1) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s|tojson }}",
                "{% set ns = namespace() %}{% set ns.x = ns %}{{ ns }}",
                "{% for x in [[]] recursive %}{{ loop([[]]) }}{% endfor %}",
                "{{ 'x' * 1000000000 }}",
                "{{ [1] * 1000000000 }}",
                "{{ 'x'.center(2000000000) }}",
                "{{ '%999999999d' % 1 }}",
                "{{ '{:.999999999f}'.format(1.5) }}",
                "{{ 'a\nb'|indent(1000000000) }}",
                "{{ [1]|tojson(indent=1000000000) }}",
                "{{ [1]|batch(1000000000, 'x')|list }}",
                "{{ [1]|slice(1000000000)|list }}",
                "{{ ('a' * 2000000 ~ 'b') in 'a' * 4000000 }}",
                "{{ ('a' * 4000000).replace('', 'bbbb') }}",
                "{{ range(-9223372036854775807, 9223372036854775807) }}",
                "{{ 2 ** 1000000000 }}",
            })
    void endsHostileTemplates(String source) {
        assertThatThrownBy(() -> render(source, Map.of())).isInstanceOf(TemplateException.class);
    }

    @Test
    void endsHostileSyntax() {
        int many = 20_000;
        List<String> sources = List.of(
                "{{ " + "(".repeat(many) + "1" + ")".repeat(many) + " }}",
                "{{ " + "[".repeat(many) + "]".repeat(many) + " }}",
                "{{ " + "not ".repeat(many) + "1 }}",
                "{{ 1" + " + 1".repeat(many) + " }}",
                "{{ a" + ".b".repeat(many) + " }}",
                "{{ a" + "|upper".repeat(many) + " }}",
                "{{ " + "1 if 0 else ".repeat(many) + "1 }}",
                "{{ " + "1_".repeat(many) + "1 }}",
                "{% if 1 %}".repeat(many),
                "{% raw %}" + "{%".repeat(many),
                "{{",
                "{%",
                "{#",
                "{{ 'x",
                "{% for");
        assertThat(sources)
                .allSatisfy(source -> assertThatThrownBy(
                                () -> JinjaTemplate.parse(source).render(Map.of(), Clock.systemUTC()))
                        .isInstanceOf(TemplateException.class));
    }
}
