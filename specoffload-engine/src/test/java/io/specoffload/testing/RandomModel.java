package io.specoffload.testing;

import io.specoffload.format.Metadata;
import io.specoffload.format.ModelFile;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/**
 * A small model of random float32 weights in memory, by default of the llama family: 2 layers, width 32, 4 heads of 8
 * over 2 key/value heads, vocabulary 50. Metadata and tensors can be changed before use.
 */
public final class RandomModel implements ModelFile {

    public static final int VOCABULARY = 50;

    private final Arena arena = Arena.ofShared();
    private final Map<String, Object> metadata = new LinkedHashMap<>();
    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Random random;

    public RandomModel(long seed) {
        this("llama", seed);
    }

    public RandomModel(String architecture, long seed) {
        this(new Random(seed), architecture);
        with(architecture + ".block_count", 2L)
                .with(architecture + ".embedding_length", 32L)
                .with(architecture + ".feed_forward_length", 48L)
                .with(architecture + ".context_length", 256L)
                .with(architecture + ".attention.head_count", 4L)
                .with(architecture + ".attention.head_count_kv", 2L)
                .with(architecture + ".attention.layer_norm_rms_epsilon", 1e-5);
        tensor("token_embd.weight", 32, VOCABULARY);
        tensor("output_norm.weight", 32);
        tensor("output.weight", 32, VOCABULARY);
        for (int layer = 0; layer < 2; layer++) {
            String prefix = "blk." + layer + ".";
            tensor(prefix + "attn_norm.weight", 32);
            tensor(prefix + "attn_q.weight", 32, 32);
            tensor(prefix + "attn_k.weight", 32, 16);
            tensor(prefix + "attn_v.weight", 32, 16);
            tensor(prefix + "attn_output.weight", 32, 32);
            tensor(prefix + "ffn_norm.weight", 32);
            tensor(prefix + "ffn_gate.weight", 32, 48);
            tensor(prefix + "ffn_up.weight", 32, 48);
            tensor(prefix + "ffn_down.weight", 48, 32);
        }
    }

    private RandomModel(Random random, String architecture) {
        this.random = random;
        metadata.put("general.architecture", architecture);
    }

    /** A model without hyperparameters and tensors. */
    public static RandomModel empty(String architecture, long seed) {
        return new RandomModel(new Random(seed), architecture);
    }

    /** Sets a metadata value; null removes it. */
    public RandomModel with(String key, Object value) {
        if (value == null) {
            metadata.remove(key);
        } else {
            metadata.put(key, value);
        }
        return this;
    }

    /** Adds or replaces a float32 tensor of random elements. */
    public RandomModel tensor(String name, long... extents) {
        Shape shape = new Shape(extents);
        MemorySegment data = arena.allocate(DType.F32.bytesFor(shape.elements()), 64);
        for (long i = 0; i < shape.elements(); i++) {
            float value = name.contains("norm") ? 1 + 0.1f * random.nextFloat() : (float) random.nextGaussian() * 0.3f;
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, value);
        }
        tensors.put(name, new Tensor(name, DType.F32, shape, data));
        return this;
    }

    public RandomModel without(String name) {
        tensors.remove(name);
        return this;
    }

    @Override
    public Metadata metadata() {
        return new Metadata(metadata);
    }

    @Override
    public Collection<Tensor> tensors() {
        return tensors.values();
    }

    @Override
    public Optional<Tensor> tensor(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    @Override
    public String name() {
        return "random";
    }

    @Override
    public void close() {
        arena.close();
    }
}
