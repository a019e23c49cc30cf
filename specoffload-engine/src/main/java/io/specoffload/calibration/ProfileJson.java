package io.specoffload.calibration;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonValue;
import io.specoffload.hardware.BandwidthCurve;
import io.specoffload.hardware.ComputeCurve;
import io.specoffload.hardware.HardwareProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * Profiles as JSON: the records' fields under their own names, a curve as an object from knot to value. A part of such an
 * object, of any depth, overrides the values that it names and leaves the others.
 */
public final class ProfileJson {

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .addMixIn(BandwidthCurve.class, CurveMixin.class)
            .addMixIn(ComputeCurve.class, CurveMixin.class)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
            .changeDefaultPropertyInclusion(inclusion -> inclusion.withValueInclusion(JsonInclude.Include.NON_NULL))
            .build();

    private ProfileJson() {}

    /** A curve is its knots. */
    @SuppressWarnings({"UnusedMethod", "UnusedVariable"}) // Jackson reads the signatures
    private abstract static class CurveMixin {

        @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
        CurveMixin(SortedMap<Integer, Double> knots) {}

        @JsonValue
        abstract SortedMap<Integer, Double> knots();
    }

    /** Indented JSON. */
    public static String write(HardwareProfile profile) {
        return MAPPER.writeValueAsString(profile);
    }

    /** The profile as maps, numbers and texts, for whoever writes JSON with a mapper of their own. */
    public static Map<?, ?> toMap(HardwareProfile profile) {
        return MAPPER.convertValue(profile, Map.class);
    }

    /**
     * Reads a whole profile.
     *
     * @throws IllegalArgumentException if a value is missing, unknown or impossible
     */
    public static HardwareProfile read(String json) {
        return bind(tree(json, "the hardware profile"), "the hardware profile");
    }

    /**
     * A profile with some of its values replaced.
     *
     * @param overrides nested maps with the names of the JSON, of the values to replace; nulls replace nothing
     * @param source where they are from, for messages
     * @throws IllegalArgumentException if a name is unknown, a value impossible, or the device or disk described in part
     *     where none was measured
     */
    public static HardwareProfile override(HardwareProfile profile, Map<String, ?> overrides, String source) {
        return override(profile, MAPPER.<JsonNode>valueToTree(overrides), source);
    }

    /**
     * A profile with the values replaced that a JSON file names.
     *
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException as in {@link #override(HardwareProfile, Map, String)}
     */
    public static HardwareProfile override(HardwareProfile profile, Path file) throws IOException {
        return override(profile, tree(Files.readString(file), file.toString()), file.toString());
    }

    /** The file's profile if it is a whole one, which needs no measuring; null if it names some values only. */
    public static @Nullable HardwareProfile whole(Path file) throws IOException {
        JsonNode tree = tree(Files.readString(file), file.toString());
        try {
            return MAPPER.treeToValue(tree, HardwareProfile.class);
        } catch (JacksonException partial) {
            return null;
        }
    }

    private static HardwareProfile override(HardwareProfile profile, JsonNode overrides, String source) {
        if (!(overrides instanceof ObjectNode values)) {
            throw new IllegalArgumentException(source + " is not a JSON object with values of a hardware profile");
        }
        ObjectNode tree = MAPPER.valueToTree(profile);
        merge(tree, values);
        return bind(tree, source);
    }

    /** Objects are merged, anything else replaces; a problem goes with the thing that it explained the lack of. */
    private static void merge(ObjectNode into, ObjectNode values) {
        for (Map.Entry<String, JsonNode> value : values.properties()) {
            JsonNode present = into.get(value.getKey());
            if (value.getValue() instanceof ObjectNode object) {
                ObjectNode target = present instanceof ObjectNode inner ? inner : MAPPER.createObjectNode();
                merge(target, object);
                if (!target.isEmpty()) {
                    into.set(value.getKey(), target);
                }
            } else if (!value.getValue().isNull()) {
                into.set(value.getKey(), value.getValue());
            }
        }
    }

    private static JsonNode tree(String json, String source) {
        try {
            return MAPPER.readTree(json);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(source + " is not JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static HardwareProfile bind(JsonNode tree, String source) {
        try {
            return MAPPER.treeToValue(tree, HardwareProfile.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    source + " does not give a hardware profile: " + e.getOriginalMessage() + where(e), e);
        }
    }

    private static String where(JacksonException e) {
        String path = e.getPathReference();
        return path == null || path.isEmpty() ? "" : " (at " + path.replaceAll("[\\w.$]+\\[", "[") + ")";
    }

    /** For the cache, which wraps a profile. */
    static JsonMapper mapper() {
        return MAPPER;
    }
}
