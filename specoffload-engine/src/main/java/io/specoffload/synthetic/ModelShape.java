package io.specoffload.synthetic;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The sizes of a llama model.
 *
 * @param layers transformer blocks
 * @param width of the residual stream
 * @param feedForward inner width of the feed-forward part, or of each expert
 * @param heads query heads
 * @param kvHeads key/value heads, a divisor of {@code heads}
 * @param headSize elements per head, even
 * @param vocabulary tokens, special ones included
 * @param experts number of experts, 0 for a dense model
 * @param expertsUsed experts per token
 * @param contextLength positions that the file claims
 */
public record ModelShape(
        int layers,
        int width,
        int feedForward,
        int heads,
        int kvHeads,
        int headSize,
        int vocabulary,
        int experts,
        int expertsUsed,
        int contextLength) {

    private static final int CONTEXT = 4096;
    private static final Set<String> KEYS = Set.of(
            "architecture",
            "layers",
            "width",
            "feedForward",
            "heads",
            "kvHeads",
            "vocabulary",
            "headSize",
            "experts",
            "expertsUsed",
            "expertFeedForward",
            "contextLength");

    private static final Map<String, ModelShape> NAMED = named();

    public ModelShape {
        require(layers >= 1, "layers", layers, "at least 1");
        require(width >= 32 && width % 32 == 0, "width", width, "a multiple of 32");
        require(feedForward >= 32 && feedForward % 32 == 0, "feedForward", feedForward, "a multiple of 32");
        require(heads >= 1, "heads", heads, "at least 1");
        require(kvHeads >= 1 && heads % kvHeads == 0, "kvHeads", kvHeads, "a divisor of heads, " + heads);
        require(headSize >= 2 && headSize % 2 == 0, "headSize", headSize, "even");
        require(
                (heads * headSize) % 32 == 0 && (kvHeads * headSize) % 32 == 0,
                "headSize",
                headSize,
                "such that heads and kvHeads times it are multiples of 32");
        require(
                vocabulary >= SyntheticVocabulary.MINIMUM,
                "vocabulary",
                vocabulary,
                "at least " + SyntheticVocabulary.MINIMUM);
        require(experts >= 0 && experts != 1, "experts", experts, "0 or at least 2");
        require(
                experts == 0 ? expertsUsed == 0 : expertsUsed >= 1 && expertsUsed <= experts,
                "expertsUsed",
                expertsUsed,
                experts == 0 ? "absent in a dense model" : "between 1 and experts, " + experts);
        require(contextLength >= 1, "contextLength", contextLength, "at least 1");
    }

    private static void require(boolean condition, String name, int value, String expected) {
        if (!condition) {
            throw new IllegalArgumentException("shape: " + name + " is " + value + ", but must be " + expected);
        }
    }

    private static Map<String, ModelShape> named() {
        Map<String, ModelShape> shapes = new LinkedHashMap<>();
        shapes.put("llama-160m", dense(12, 768, 3072, 12, 12, 32_000));
        shapes.put("llama-1b", dense(22, 2048, 5632, 32, 4, 32_000));
        shapes.put("mistral-7b", dense(32, 4096, 14_336, 32, 8, 32_000));
        shapes.put("llama-70b", dense(80, 8192, 28_672, 64, 8, 128_256));
        shapes.put("mixtral-small", mixtral(16, 1536, 4608, 12, 4));
        shapes.put("mixtral-8x7b", mixtral(32, 4096, 14_336, 32, 8));
        shapes.put("mixtral-8x22b", mixtral(56, 6144, 16_384, 48, 8));
        return shapes;
    }

    private static ModelShape dense(int layers, int width, int feedForward, int heads, int kvHeads, int vocabulary) {
        return new ModelShape(layers, width, feedForward, heads, kvHeads, width / heads, vocabulary, 0, 0, CONTEXT);
    }

    private static ModelShape mixtral(int layers, int width, int feedForward, int heads, int kvHeads) {
        return new ModelShape(layers, width, feedForward, heads, kvHeads, width / heads, 32_000, 8, 2, CONTEXT);
    }

    /** The names that {@link #of} knows. */
    public static List<String> names() {
        return List.copyOf(NAMED.keySet());
    }

    /**
     * A published shape.
     *
     * @throws IllegalArgumentException listing the names if there is none of this one
     */
    public static ModelShape of(String name) {
        ModelShape shape = NAMED.get(name);
        if (shape == null) {
            throw new IllegalArgumentException("no shape is called " + name + "; there are "
                    + String.join(", ", NAMED.keySet()) + ", or name a JSON file");
        }
        return shape;
    }

    /**
     * Reads a shape file: an object with {@code architecture} ("llama"), {@code layers}, {@code width},
     * {@code feedForward}, {@code heads}, {@code kvHeads}, {@code vocabulary} and optionally {@code headSize},
     * {@code experts}, {@code expertsUsed}, {@code expertFeedForward}, {@code contextLength}.
     *
     * @throws IllegalArgumentException naming what is wrong
     */
    public static ModelShape parse(String json) {
        JsonNode node;
        try {
            node = JsonMapper.shared().readTree(json);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("the shape file is not JSON: " + e.getOriginalMessage(), e);
        }
        node.propertyNames().forEach(key -> {
            if (!KEYS.contains(key)) {
                throw new IllegalArgumentException("shape: unknown key " + key);
            }
        });
        String architecture = node.path("architecture").asString("llama");
        if (!architecture.equals("llama")) {
            throw new IllegalArgumentException(
                    "shape: the architecture is " + architecture + ", but only llama is synthesized");
        }
        int heads = number(node, "heads");
        int width = number(node, "width");
        int experts = number(node, "experts", 0);
        if (heads < 1 || (width % heads != 0 && !node.has("headSize"))) {
            throw new IllegalArgumentException(
                    "shape: " + heads + " heads do not divide the width " + width + "; give headSize");
        }
        int feedForward = experts > 0 && node.has("expertFeedForward")
                ? number(node, "expertFeedForward")
                : number(node, "feedForward");
        return new ModelShape(
                number(node, "layers"),
                width,
                feedForward,
                heads,
                number(node, "kvHeads", heads),
                number(node, "headSize", width / heads),
                number(node, "vocabulary"),
                experts,
                number(node, "expertsUsed", experts > 0 ? Math.min(2, experts) : 0),
                number(node, "contextLength", CONTEXT));
    }

    private static int number(JsonNode node, String key) {
        if (!node.has(key)) {
            throw new IllegalArgumentException("shape: " + key + " is missing");
        }
        return number(node, key, 0);
    }

    private static int number(JsonNode node, String key, int otherwise) {
        JsonNode value = node.path(key);
        if (value.isMissingNode()) {
            return otherwise;
        }
        if (!value.isInt()) {
            throw new IllegalArgumentException("shape: " + key + " is " + value + ", but must be a whole number");
        }
        return value.asInt();
    }
}
