package io.specoffload.model;

import io.specoffload.format.ModelFile;
import io.specoffload.format.ModelFormatException;
import io.specoffload.model.Architecture.Trait;
import io.specoffload.model.ModelConfig.ExpertConfig;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import io.specoffload.tensor.TensorRole;
import java.lang.foreign.ValueLayout;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the tensors of each part of a model by their GGUF names and checks their shapes. Where families store several
 * matrices as one, the parts are views of it.
 */
public final class WeightBinder {

    static final String EMBEDDING = "token_embd.weight";

    private final ModelConfig config;
    private final ModelFile file;
    private final Function<String, Optional<LentMatrix>> streamed;
    private final Set<DType> types;
    private final Set<String> used = new HashSet<>();

    /**
     * @param file where the tensors are
     * @param types element types that the backend computes with
     */
    public WeightBinder(ModelConfig config, ModelFile file, Set<DType> types) {
        this(config, file, name -> Optional.empty(), types);
    }

    /**
     * @param file where the tensors are that lie in memory as a whole
     * @param streamed the other matrices, by name; of the types that the backend computes with
     * @param types element types that the backend computes with
     */
    public WeightBinder(
            ModelConfig config, ModelFile file, Function<String, Optional<LentMatrix>> streamed, Set<DType> types) {
        this.config = config;
        this.file = file;
        this.streamed = streamed;
        this.types = types;
    }

    public ModelConfig config() {
        return config;
    }

    /**
     * Refuses tensors that no part has asked for: the architecture does not know what to do with them, and results
     * without them would be silently wrong.
     *
     * @throws ModelFormatException naming the first
     */
    public void requireAllUsed() {
        for (Tensor tensor : file.tensors()) {
            if (!used.contains(tensor.name()) && TensorRole.of(tensor.name()) != TensorRole.ROPE_FACTORS) {
                throw new ModelFormatException("tensor " + tensor.name() + " has no place in the architecture "
                        + config.architecture().name());
            }
        }
    }

    public OuterTensors outer() {
        Tensor embedding = matrix(EMBEDDING, config.width(), config.vocabulary());
        Tensor norm = vector("output_norm.weight", config.width());
        LentMatrix head = find("output.weight").isPresent()
                ? lent("output.weight", config.width(), config.vocabulary())
                : new WholeMatrix(embedding);
        return new OuterTensors(embedding, norm, head);
    }

    public AttentionWeights attention(int layer) {
        String prefix = "blk." + layer + ".";
        int queries = config.attention().queryWidth();
        int keys = config.attention().kvWidth();
        boolean fused = has(prefix + "attn_qkv.weight");
        String all = prefix + "attn_qkv";
        boolean normed = config.architecture().has(Trait.QK_NORM);
        int headSize = config.attention().headSize();
        return new AttentionWeights(
                vector(prefix + "attn_norm.weight", config.width()),
                fused ? part(all, 0, queries) : projection(prefix + "attn_q", config.width(), queries),
                fused ? part(all, queries, keys) : projection(prefix + "attn_k", config.width(), keys),
                fused ? part(all, queries + keys, keys) : projection(prefix + "attn_v", config.width(), keys),
                projection(prefix + "attn_output", queries, config.width()),
                normed ? vector(prefix + "attn_q_norm.weight", headSize) : null,
                normed ? vector(prefix + "attn_k_norm.weight", headSize) : null,
                config.architecture().has(Trait.ATTENTION_SINKS) ? sinks(prefix + "attn_sinks.weight") : null,
                postNorm(prefix + "post_attention_norm.weight"));
    }

    public DenseWeights dense(int layer) {
        String prefix = "blk." + layer + ".";
        int inner = config.feedForward();
        Projection down = projection(prefix + "ffn_down", inner, config.width());
        GatedWeights gated;
        if (config.architecture().has(Trait.FUSED_GATE_UP)) {
            LentMatrix both = lent(prefix + "ffn_up.weight", config.width(), 2 * inner);
            gated = new GatedWeights(
                    new Projection(both.rows(0, inner), null), new Projection(both.rows(inner, inner), null), down);
        } else {
            gated = new GatedWeights(
                    projection(prefix + "ffn_gate", config.width(), inner),
                    projection(prefix + "ffn_up", config.width(), inner),
                    down);
        }
        return new DenseWeights(feedForwardNorm(prefix), gated, postNorm(prefix + "post_ffw_norm.weight"));
    }

    public RouterWeights router(int layer) {
        String prefix = "blk." + layer + ".";
        return new RouterWeights(
                feedForwardNorm(prefix), projection(prefix + "ffn_gate_inp", config.width(), expertCount()));
    }

    /** One expert; experts are stacked in one tensor, or in files of early 2024 and before stored one by one. */
    public GatedWeights expert(int layer, int id) {
        String prefix = "blk." + layer + ".";
        int inner = config.feedForward();
        if (find(prefix + "ffn_gate." + id + ".weight").isPresent()) {
            return new GatedWeights(
                    projection(prefix + "ffn_gate." + id, config.width(), inner),
                    projection(prefix + "ffn_up." + id, config.width(), inner),
                    projection(prefix + "ffn_down." + id, inner, config.width()));
        }
        return new GatedWeights(
                stacked(prefix + "ffn_gate_exps", id, config.width(), inner),
                stacked(prefix + "ffn_up_exps", id, config.width(), inner),
                stacked(prefix + "ffn_down_exps", id, inner, config.width()));
    }

    /** One divisor per rotated pair, or null where the file has none. */
    public float @Nullable [] ropeDivisors(String name) {
        Optional<Tensor> tensor = find(name);
        if (tensor.isEmpty()) {
            return null;
        }
        int pairs = config.rope().dimensions() / 2;
        Tensor divisors = check(tensor.get(), new Shape(pairs));
        if (divisors.type() != DType.F32) {
            throw new ModelFormatException("tensor " + name + ": expected F32, found " + divisors.type());
        }
        float[] values = new float[pairs];
        for (int i = 0; i < pairs; i++) {
            values[i] = divisors.data().get(ValueLayout.JAVA_FLOAT_UNALIGNED, 4L * i);
            if (!(values[i] > 0 && values[i] < Float.POSITIVE_INFINITY)) {
                throw new ModelFormatException("tensor " + name + ": element " + i + " is " + values[i]);
            }
        }
        return values;
    }

    private int expertCount() {
        ExpertConfig experts = Objects.requireNonNull(config.experts(), "a dense model has no experts");
        return experts.count();
    }

    private @Nullable Tensor postNorm(String name) {
        return config.architecture().has(Trait.POST_NORMS) ? vector(name, config.width()) : null;
    }

    private Projection projection(String name, int inputs, int outputs) {
        Tensor bias = find(name + ".bias").isPresent() ? vector(name + ".bias", outputs) : null;
        return new Projection(lent(name + ".weight", inputs, outputs), bias);
    }

    /** A matrix that may come in pieces. */
    private LentMatrix lent(String name, int inputs, int outputs) {
        Optional<LentMatrix> elsewhere = streamed.apply(name);
        if (elsewhere.isEmpty()) {
            return new WholeMatrix(matrix(name, inputs, outputs));
        }
        LentMatrix found = elsewhere.get();
        if (found.columns() != inputs || found.rows() != outputs) {
            throw new ModelFormatException("tensor " + name + ": expected the shape " + new Shape(inputs, outputs)
                    + ", found " + new Shape(found.columns(), found.rows()));
        }
        return found;
    }

    private boolean has(String name) {
        return find(name).isPresent() || streamed.apply(name).isPresent();
    }

    /** The rows {@code from..} of the fused query, key and value projection. */
    private Projection part(String name, int from, int outputs) {
        int total = config.attention().queryWidth() + 2 * config.attention().kvWidth();
        Projection all = projection(name, config.width(), total);
        Tensor bias = all.bias();
        return new Projection(all.matrix().rows(from, outputs), bias == null ? null : bias.rows(from, outputs));
    }

    private Tensor vector(String name, int length) {
        return check(require(name), new Shape(length));
    }

    private Tensor matrix(String name, int columns, int rows) {
        return check(require(name), new Shape(columns, rows));
    }

    private Tensor feedForwardNorm(String prefix) {
        boolean renamed = config.architecture().has(Trait.RENAMED_FFN_NORM);
        return vector(prefix + (renamed ? "post_attention_norm.weight" : "ffn_norm.weight"), config.width());
    }

    private Tensor sinks(String name) {
        Tensor sinks = vector(name, config.attention().heads());
        if (sinks.type() != DType.F32) {
            throw new ModelFormatException("tensor " + name + ": expected F32, found " + sinks.type());
        }
        return sinks;
    }

    /** One expert of a stack of projections; their biases are the rows of a matrix. */
    private Projection stacked(String name, int id, int inputs, int outputs) {
        Tensor stack = check(require(name + ".weight"), new Shape(inputs, outputs, expertCount()));
        Tensor bias = find(name + ".bias").isPresent()
                ? matrix(name + ".bias", outputs, expertCount()).rows(id, 1)
                : null;
        return new Projection(new WholeMatrix(stack.slice(id)), bias);
    }

    private Tensor require(String name) {
        return find(name)
                .orElseThrow(() -> new ModelFormatException("tensor " + name + " is missing, the architecture "
                        + config.architecture().name() + " needs it"));
    }

    private Optional<Tensor> find(String name) {
        Optional<Tensor> tensor = file.tensor(name);
        tensor.ifPresent(found -> used.add(name));
        return tensor;
    }

    private Tensor check(Tensor tensor, Shape expected) {
        if (!tensor.shape().equals(expected)) {
            throw new ModelFormatException(
                    "tensor " + tensor.name() + ": expected the shape " + expected + ", found " + tensor.shape());
        }
        if (!types.contains(tensor.type())) {
            throw new ModelFormatException("tensor " + tensor.name() + ": the type " + tensor.type()
                    + " is not supported; supported are " + types);
        }
        return tensor;
    }
}
