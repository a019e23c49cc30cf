package io.specoffload.synthetic;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Shapes by name, and shapes read from JSON files. */
public final class ModelShapes {

    private static final int DEFAULT_CONTEXT = 4096;
    private static final Set<String> REQUIRED =
            Set.of("architecture", "layers", "width", "feedForward", "heads", "kvHeads", "vocabulary");
    private static final Set<String> OPTIONAL =
            Set.of("headSize", "experts", "expertsUsed", "expertFeedForward", "contextLength");

    private static final Map<String, ModelShape> NAMED = named();

    private ModelShapes() {}

    private static Map<String, ModelShape> named() {
        Map<String, ModelShape> shapes = new LinkedHashMap<>();
        dense(shapes, "llama-160m", 12, 768, 3072, 12, 12, 2048);
        dense(shapes, "llama-1b", 22, 2048, 5632, 32, 4, DEFAULT_CONTEXT);
        dense(shapes, "mistral-7b", 32, 4096, 14336, 32, 8, 32768);
        dense(shapes, "llama-70b", 80, 8192, 28672, 64, 8, DEFAULT_CONTEXT);
        experts(shapes, "mixtral-small", 16, 2048, 3072, 32);
        experts(shapes, "mixtral-8x7b", 32, 4096, 14336, 32);
        experts(shapes, "mixtral-8x22b", 56, 6144, 16384, 48);
        return shapes;
    }

    private static void dense(
            Map<String, ModelShape> shapes,
            String name,
            int layers,
            int width,
            int inner,
            int heads,
            int kvHeads,
            int context) {
        int headSize = width / heads;
        shapes.put(name, new ModelShape(name, layers, width, inner, heads, kvHeads, headSize, 32000, 0, 0, context));
    }

    private static void experts(
            Map<String, ModelShape> shapes, String name, int layers, int width, int inner, int heads) {
        shapes.put(name, new ModelShape(name, layers, width, inner, heads, 8, width / heads, 32000, 8, 2, 32768));
    }

    /** The names of {@link #find}. */
    public static Set<String> names() {
        return NAMED.keySet();
    }

    /**
     * The shape of this name or, if there is none, in the JSON file of this path.
     *
     * @throws IllegalArgumentException if it is neither, or the file describes no possible shape
     */
    public static ModelShape find(String nameOrFile) throws IOException {
        ModelShape shape = NAMED.get(nameOrFile);
        if (shape != null) {
            return shape;
        }
        Path file = Path.of(nameOrFile);
        if (!Files.isRegularFile(file)) {
            throw new IllegalArgumentException("there is no shape and no shape file " + nameOrFile + "; the shapes are "
                    + String.join(", ", names()));
        }
        String name = String.valueOf(file.getFileName()).replaceAll("\\.json$", "");
        try {
            return parse(name, Files.readString(file));
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(file + ": " + e.getMessage(), e);
        }
    }

    /**
     * A shape in JSON: {@code architecture} ("llama"), {@code layers}, {@code width}, {@code feedForward},
     * {@code heads}, {@code kvHeads}, {@code vocabulary}, optionally {@code headSize}, {@code experts},
     * {@code expertsUsed}, {@code expertFeedForward}, {@code contextLength}.
     */
    public static ModelShape parse(String name, String json) {
        JsonNode root;
        try {
            root = JsonMapper.shared().readTree(json);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
        }
        if (!root.isObject()) {
            throw new IllegalArgumentException("a shape is a JSON object");
        }
        for (String field : root.propertyNames()) {
            if (!REQUIRED.contains(field) && !OPTIONAL.contains(field)) {
                throw new IllegalArgumentException("a shape has no field " + field + "; fields are "
                        + String.join(", ", REQUIRED) + ", " + String.join(", ", OPTIONAL));
            }
        }
        String architecture = root.path("architecture").asString("");
        if (!architecture.equals("llama")) {
            throw new IllegalArgumentException("the shape's architecture is \"" + architecture
                    + "\"; synthetic models are of the architecture \"llama\"");
        }
        return shape(name, root);
    }

    private static ModelShape shape(String name, JsonNode root) {
        int width = required(root, "width");
        int heads = required(root, "heads");
        OptionalInt headSize = number(root, "headSize");
        if (headSize.isEmpty() && (heads < 1 || width % heads != 0)) {
            throw new IllegalArgumentException(
                    "the shape's " + heads + " heads do not divide its width " + width + "; give a headSize");
        }
        int experts = number(root, "experts").orElse(0);
        int expertsUsed = number(root, "expertsUsed").orElse(experts == 0 ? 0 : Math.min(2, experts));
        OptionalInt expertInner = number(root, "expertFeedForward");
        if (experts == 0 && expertInner.isPresent()) {
            throw new IllegalArgumentException("the shape has an expertFeedForward, but no experts");
        }
        int inner = required(root, "feedForward");
        return new ModelShape(
                name,
                required(root, "layers"),
                width,
                expertInner.orElse(inner),
                heads,
                required(root, "kvHeads"),
                headSize.orElseGet(() -> width / heads),
                required(root, "vocabulary"),
                experts,
                expertsUsed,
                number(root, "contextLength").orElse(DEFAULT_CONTEXT));
    }

    private static int required(JsonNode root, String field) {
        return number(root, field)
                .orElseThrow(() -> new IllegalArgumentException("the shape's field " + field + " is missing"));
    }

    private static OptionalInt number(JsonNode root, String field) {
        JsonNode value = root.path(field);
        if (value.isMissingNode()) {
            return OptionalInt.empty();
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw new IllegalArgumentException("the shape's " + field + " is " + value + ", but must be an integer");
        }
        return OptionalInt.of(value.asInt());
    }
}
