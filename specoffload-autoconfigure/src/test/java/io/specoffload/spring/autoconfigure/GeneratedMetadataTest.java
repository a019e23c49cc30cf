package io.specoffload.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A build whose annotation processors do not run stays green otherwise. */
class GeneratedMetadataTest {

    private Stream<JsonNode> properties() throws IOException {
        // other jars have the same resource: ours is read from this module's classes
        String ours = SpecOffloadProperties.class
                .getProtectionDomain()
                .getCodeSource()
                .getLocation()
                .toString();
        try (InputStream in = java.net
                .URI
                .create(ours + "META-INF/spring-configuration-metadata.json")
                .toURL()
                .openStream()) {
            return JsonMapper.shared().readTree(in).get("properties").valueStream();
        }
    }

    @Test
    void everyPropertyIsDocumented() throws IOException {
        assertThat(properties().map(property -> property.get("name").asString()))
                .contains(
                        "spring.ai.specoffload.target.model",
                        "spring.ai.specoffload.draft.model",
                        "spring.ai.specoffload.cache-directory",
                        "spring.ai.specoffload.chat.temperature",
                        "spring.ai.specoffload.chat.timeout",
                        "spring.ai.specoffload.memory.host",
                        "spring.ai.specoffload.memory.staging",
                        "spring.ai.specoffload.memory.read-rate",
                        "spring.ai.specoffload.pipeline.slots",
                        "spring.ai.specoffload.pipeline.kernels",
                        "spring.ai.specoffload.hardware.file",
                        "spring.ai.specoffload.hardware.calibrate-on-startup",
                        "spring.ai.specoffload.hardware.host.gigaflops",
                        "spring.ai.specoffload.hardware.disk.sustained-bytes-per-second",
                        "spring.ai.specoffload.hardware.device.link.pinned-to-device-bytes-per-second");
        assertThat(properties())
                .allSatisfy(property -> assertThat(property.path("description").asString(""))
                        .as(property.get("name").asString())
                        .isNotBlank());
    }

    @Test
    void everyPropertyIsInTheDocuments() throws IOException {
        String text = java.nio.file.Files.readString(java.nio.file.Path.of("../docs/configuration.md"));
        // Boot adds the endpoint's own properties, which are documented there
        assertThat(properties()
                        .map(property -> property.get("name").asString())
                        .filter(name -> name.startsWith(SpecOffloadProperties.PREFIX + ".")))
                .isNotEmpty()
                .allSatisfy(name -> {
                    String relative = name.substring(SpecOffloadProperties.PREFIX.length() + 1);
                    String inItsSection = relative.substring(relative.indexOf('.') + 1);
                    assertThat(text).containsAnyOf("`" + relative + "`", "`" + inItsSection + "`");
                });
    }

    /** A value of the profile that cannot be overridden, or a property without a value behind it, would be a surprise. */
    @Test
    void everyValueOfAHardwareProfileHasAProperty() throws IOException {
        String prefix = SpecOffloadProperties.HARDWARE + ".";
        assertThat(properties()
                        .map(property -> property.get("name").asString())
                        .filter(name -> name.startsWith(prefix))
                        .map(name -> name.substring(prefix.length()))
                        .filter(name -> name.contains(".")))
                .containsExactlyInAnyOrderElementsOf(valuesOf("", io.specoffload.hardware.HardwareProfile.class));
    }

    private static java.util.List<String> valuesOf(String prefix, Class<?> type) {
        java.util.List<String> names = new java.util.ArrayList<>();
        for (var component : type.getRecordComponents()) {
            String name =
                    prefix + component.getName().replaceAll("([A-Z])", "-$1").toLowerCase(java.util.Locale.ROOT);
            Class<?> value = component.getType();
            if (value.isRecord() && !value.getSimpleName().endsWith("Curve")) {
                names.addAll(valuesOf(name + ".", value));
            } else if (!prefix.isEmpty()) {
                names.add(name);
            }
        }
        return names;
    }

    @Test
    void defaultsAreDocumented() throws IOException {
        assertThat(properties()
                        .filter(property -> property.get("name").asString().endsWith("pipeline.slots")))
                .singleElement()
                .satisfies(property ->
                        assertThat(property.get("defaultValue").asInt()).isEqualTo(4));
    }

    @Test
    void conditionsAreKnownBeforeClassesAreLoaded() throws IOException {
        Properties conditions = new Properties();
        for (var url : java.util.Collections.list(
                getClass().getClassLoader().getResources("META-INF/spring-autoconfigure-metadata.properties"))) {
            try (InputStream in = url.openStream()) {
                conditions.load(in);
            }
        }

        String prefix = "io.specoffload.spring.autoconfigure.";
        assertThat(conditions)
                .containsKeys(
                        prefix + "SpecOffloadAutoConfiguration.ConditionalOnClass",
                        prefix + "SpecOffloadGuardAutoConfiguration.ConditionalOnClass",
                        prefix + "SpecOffloadHardwareAutoConfiguration.ConditionalOnBean",
                        prefix + "SpecOffloadMetricsAutoConfiguration.ConditionalOnClass",
                        prefix + "SpecOffloadActuatorAutoConfiguration$HealthConfiguration.ConditionalOnClass");
    }
}
