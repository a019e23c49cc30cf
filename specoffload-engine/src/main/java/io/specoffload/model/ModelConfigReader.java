package io.specoffload.model;

import io.specoffload.format.Metadata;
import io.specoffload.format.ModelFile;
import io.specoffload.format.ModelFormatException;
import io.specoffload.model.Architecture.Trait;
import io.specoffload.model.ModelConfig.AttentionConfig;
import io.specoffload.model.ModelConfig.ExpertConfig;
import io.specoffload.model.ModelConfig.RopeConfig;
import io.specoffload.tensor.Tensor;
import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Turns metadata into a {@link ModelConfig}. Keys are those of the GGUF specification, below the family's name. */
final class ModelConfigReader {

    private static final int MAX_LAYERS = 10_000;
    private static final int MAX_WIDTH = 1 << 20;
    private static final int MAX_HEAD_SIZE = 4096;
    private static final int MAX_EXPERTS = 4096;
    private static final String WINDOW_PATTERN = "attention.sliding_window_pattern";

    private final ModelFile file;
    private final Metadata metadata;
    private final Architecture architecture;

    ModelConfigReader(ModelFile file) {
        this.file = file;
        this.metadata = file.metadata();
        String key = "general.architecture";
        this.architecture = Architecture.named(Metadata.required(key, metadata.string(key)));
    }

    ModelConfig read() {
        int layers = required("block_count", MAX_LAYERS);
        int width = required("embedding_length", MAX_WIDTH);
        int context = required("context_length", Integer.MAX_VALUE);
        AttentionConfig attention = attention(layers, width);
        ExpertConfig experts = experts();
        return new ModelConfig(
                architecture,
                layers,
                width,
                vocabulary(),
                context,
                (float) number("attention.layer_norm_rms_epsilon", OptionalDouble.empty(), 1),
                attention,
                rope(attention.headSize(), context),
                feedForward(experts),
                experts,
                architecture.has(Trait.SCALED_EMBEDDING) ? (float) Math.sqrt(width) : 1,
                (float) zeroOr("final_logit_softcapping", architecture.finalSoftCap()));
    }

    private int vocabulary() {
        Tensor embedding = file.tensor(WeightBinder.EMBEDDING)
                .orElseThrow(() -> new ModelFormatException("tensor " + WeightBinder.EMBEDDING + " is missing"));
        return embedding.rows();
    }

    private AttentionConfig attention(int layers, int width) {
        int heads = required("attention.head_count", MAX_WIDTH);
        int kvHeads = integer("attention.head_count_kv", OptionalInt.of(heads), MAX_WIDTH);
        if (heads % kvHeads != 0) {
            throw wrong("attention.head_count_kv", kvHeads + " does not divide the " + heads + " heads");
        }
        if (width % heads != 0 && !metadata.contains(key("attention.key_length"))) {
            throw wrong("attention.head_count", heads + " does not divide the width " + width);
        }
        int headSize = integer("attention.key_length", OptionalInt.of(width / heads), MAX_HEAD_SIZE);
        int valueSize = integer("attention.value_length", OptionalInt.of(headSize), MAX_HEAD_SIZE);
        if (valueSize != headSize) {
            throw wrong("attention.value_length", valueSize + " differs from the key length " + headSize);
        }
        if ((long) heads * headSize > MAX_WIDTH) {
            throw wrong("attention.head_count", heads + " heads of " + headSize + " are too many");
        }
        boolean byWidth = architecture.widthScaledLayers() == layers;
        double scale = 1 / Math.sqrt(byWidth ? (double) width / heads : headSize);
        float cap = (float) zeroOr("attn_logit_softcapping", architecture.attentionSoftCap());
        int window = window();
        Set<Integer> windowLayers = window == 0 ? Set.of() : windowLayers(layers);
        return new AttentionConfig(heads, kvHeads, headSize, (float) scale, cap, window, windowLayers);
    }

    private int window() {
        if (architecture.windows().period() == 0) {
            return 0;
        }
        String key = key("attention.sliding_window");
        int window = metadata.int32(key).orElse(architecture.windows().size());
        if (window < 0) {
            throw wrong("attention.sliding_window", window + " is negative");
        }
        return window;
    }

    /** The pattern is a period p (every p-th layer sees everything) or one flag per layer. */
    private Set<Integer> windowLayers(int layers) {
        if (metadata.asMap().get(key(WINDOW_PATTERN)) instanceof boolean[] flags) {
            if (flags.length != layers) {
                throw wrong(WINDOW_PATTERN, flags.length + " flags for " + layers + " layers");
            }
            return IntStream.range(0, layers).filter(i -> flags[i]).boxed().collect(Collectors.toSet());
        }
        int period =
                integer(WINDOW_PATTERN, OptionalInt.of(architecture.windows().period()), MAX_LAYERS);
        return IntStream.range(0, layers)
                .filter(i -> i % period < period - 1)
                .boxed()
                .collect(Collectors.toSet());
    }

    private RopeConfig rope(int headSize, int context) {
        int dimensions = integer("rope.dimension_count", OptionalInt.of(headSize), headSize);
        if (dimensions % 2 != 0) {
            throw wrong("rope.dimension_count", dimensions + " is odd");
        }
        double base = number("rope.freq_base", OptionalDouble.of(10_000), 1e30);
        double windowBase = architecture.windows().ropeBase();
        if (windowBase > 0 && window() > 0) {
            windowBase = number("rope.freq_base_swa", OptionalDouble.of(windowBase), 1e30);
        } else {
            windowBase = 0;
            double local = number("rope.freq_base_swa", OptionalDouble.of(base), 1e30);
            if (window() > 0 && local != base) {
                throw wrong("rope.freq_base_swa", "layers with a sliding window that differ are not supported");
            }
        }
        String type = metadata.string(key("rope.scaling.type")).orElse("linear");
        if (!Set.of("none", "linear", "yarn", "longrope").contains(type)) {
            throw wrong(
                    "rope.scaling.type",
                    "\"" + type + "\" is not supported; supported are none, linear, yarn, longrope");
        }
        String factorKey = metadata.contains(key("rope.scaling.factor")) ? "rope.scaling.factor" : "rope.scale_linear";
        double factor = type.equals("none") ? 1 : zeroOr(factorKey, 1);
        factor = factor == 0 ? 1 : factor;
        boolean yarn = type.equals("yarn");
        double magnitude = number("rope.scaling.attn_factor", OptionalDouble.of(1), 1e3);
        if (yarn) {
            double multiplier = zeroOr("rope.scaling.yarn_log_multiplier", 0);
            magnitude *= yarnMagnitude(factor, 1) / yarnMagnitude(factor, multiplier);
        }
        return new RopeConfig(
                dimensions,
                base,
                windowBase,
                factor,
                yarn,
                integer("rope.scaling.original_context_length", OptionalInt.of(context), Integer.MAX_VALUE),
                magnitude,
                number("rope.scaling.yarn_beta_fast", OptionalDouble.of(32), 1e6),
                number("rope.scaling.yarn_beta_slow", OptionalDouble.of(1), 1e6));
    }

    /** YaRN's growth of attention with the extension, arXiv 2309.00071, section 3.4. */
    private static double yarnMagnitude(double factor, double multiplier) {
        return factor <= 1 ? 1 : 0.1 * multiplier * Math.log(factor) + 1;
    }

    private @Nullable ExpertConfig experts() {
        int count = metadata.int32(key("expert_count")).orElse(0);
        if (count == 0) {
            return null;
        }
        if (!architecture.has(Trait.EXPERTS)) {
            throw wrong("expert_count", "experts are not supported in this architecture");
        }
        if (count < 0 || count > MAX_EXPERTS) {
            throw wrong("expert_count", count + " is out of range");
        }
        if (metadata.int32(key("expert_shared_count")).orElse(0) != 0) {
            throw wrong("expert_shared_count", "shared experts are not supported");
        }
        return new ExpertConfig(count, integer("expert_used_count", OptionalInt.empty(), count));
    }

    private int feedForward(@Nullable ExpertConfig experts) {
        if (experts != null && metadata.contains(key("expert_feed_forward_length"))) {
            return required("expert_feed_forward_length", MAX_WIDTH);
        }
        return required("feed_forward_length", MAX_WIDTH);
    }

    private int required(String name, int max) {
        return integer(name, OptionalInt.empty(), max);
    }

    /** A number from 1 to max; an array of one equal value per layer counts as that value. */
    private int integer(String name, OptionalInt fallback, int max) {
        String key = key(name);
        Object value = metadata.asMap().get(key);
        if (value == null && fallback.isPresent()) {
            return fallback.getAsInt();
        }
        long number;
        if (value instanceof long[] perLayer && perLayer.length > 0) {
            number = perLayer[0];
            if (Arrays.stream(perLayer).anyMatch(other -> other != number)) {
                throw wrong(name, "layers that differ are not supported");
            }
        } else {
            number = Metadata.required(key, metadata.integer(key));
        }
        if (number < 1 || number > max) {
            throw wrong(name, number + " is not between 1 and " + max);
        }
        return (int) number;
    }

    /** A number above 0 and up to max. */
    private double number(String name, OptionalDouble fallback, double max) {
        Optional<Double> present = metadata.real(key(name));
        if (present.isEmpty() && fallback.isPresent()) {
            return fallback.getAsDouble();
        }
        double value = Metadata.required(key(name), present);
        if (!(value > 0 && value <= max)) {
            throw wrong(name, value + " is not above 0 and at most " + max);
        }
        return value;
    }

    /** A number of which 0 means that the matter does not apply. */
    private double zeroOr(String name, double fallback) {
        double value = metadata.real(key(name)).orElse(fallback);
        if (!(value >= 0 && value <= 1e6)) {
            throw wrong(name, value + " is not between 0 and 1000000");
        }
        return value;
    }

    private String key(String name) {
        return architecture.name() + "." + name;
    }

    private ModelFormatException wrong(String name, String problem) {
        return new ModelFormatException("metadata key " + key(name) + ": " + problem);
    }
}
