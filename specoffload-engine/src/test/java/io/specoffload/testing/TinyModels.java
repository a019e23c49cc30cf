package io.specoffload.testing;

import io.specoffload.format.GgufWriter;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.DoubleSupplier;

/**
 * Writes tiny llama models of random weights with a byte-level vocabulary: 256 bytes, then the control tokens
 * {@code <s>} and {@code </s>}. Random weights make sharp, prompt-dependent predictions when scaled up a little.
 */
public final class TinyModels {

    public static final int BOS = 256;
    public static final int EOS = 257;
    public static final int VOCABULARY = 258;

    private TinyModels() {}

    /**
     * A model's size.
     *
     * @param layers number of layers
     * @param width multiple of 32
     * @param heads query heads; width is a multiple
     * @param kvHeads key/value heads
     * @param seed of the weights
     */
    public record Size(int layers, int width, int heads, int kvHeads, long seed) {}

    /** A target of two layers and a draft that shares its embeddings and first layer, so that it often agrees. */
    public static Path target(Path folder) {
        return write(folder.resolve("target.gguf"), new Size(2, 64, 4, 2, 11));
    }

    public static Path draft(Path folder) {
        return write(folder.resolve("draft.gguf"), new Size(1, 64, 4, 2, 11));
    }

    public static Path write(Path file, Size size) {
        Map<String, Object> metadata = metadata(size);
        int width = size.width();
        int headSize = width / size.heads();
        int inner = 2 * width;
        List<GgufWriter.Declaration> tensors = new ArrayList<>();
        tensors.add(matrix("token_embd.weight", width, VOCABULARY));
        tensors.add(vector("output_norm.weight", width));
        tensors.add(matrix("output.weight", width, VOCABULARY));
        for (int layer = 0; layer < size.layers(); layer++) {
            String block = "blk." + layer + ".";
            tensors.add(vector(block + "attn_norm.weight", width));
            tensors.add(matrix(block + "attn_q.weight", width, size.heads() * headSize));
            tensors.add(matrix(block + "attn_k.weight", width, size.kvHeads() * headSize));
            tensors.add(matrix(block + "attn_v.weight", width, size.kvHeads() * headSize));
            tensors.add(matrix(block + "attn_output.weight", size.heads() * headSize, width));
            tensors.add(vector(block + "ffn_norm.weight", width));
            tensors.add(matrix(block + "ffn_gate.weight", width, inner));
            tensors.add(matrix(block + "ffn_up.weight", width, inner));
            tensors.add(matrix(block + "ffn_down.weight", inner, width));
        }
        try (GgufWriter writer = GgufWriter.create(file, metadata, tensors);
                Arena arena = Arena.ofConfined()) {
            for (GgufWriter.Declaration tensor : tensors) {
                writer.write(random(tensor, size, arena));
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file;
    }

    private static Map<String, Object> metadata(Size size) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("general.architecture", "llama");
        metadata.put("general.name", "tiny-" + size.layers() + "x" + size.width());
        metadata.put("llama.context_length", 2048);
        metadata.put("llama.embedding_length", size.width());
        metadata.put("llama.block_count", size.layers());
        metadata.put("llama.feed_forward_length", 2 * size.width());
        metadata.put("llama.attention.head_count", size.heads());
        metadata.put("llama.attention.head_count_kv", size.kvHeads());
        metadata.put("llama.attention.layer_norm_rms_epsilon", 1e-5);
        metadata.put("llama.rope.dimension_count", size.width() / size.heads());
        metadata.put("llama.vocab_size", VOCABULARY);
        metadata.put("tokenizer.ggml.model", "gpt2");
        metadata.put("tokenizer.ggml.pre", "gpt-2");
        List<String> tokens = new ArrayList<>();
        long[] kinds = new long[VOCABULARY];
        for (int i = 0; i < 256; i++) {
            tokens.add(byteLetter(i));
            kinds[i] = 1;
        }
        tokens.add("<s>");
        tokens.add("</s>");
        kinds[BOS] = 3;
        kinds[EOS] = 3;
        metadata.put("tokenizer.ggml.tokens", tokens);
        metadata.put("tokenizer.ggml.token_type", kinds);
        metadata.put("tokenizer.ggml.merges", List.<String>of());
        metadata.put("tokenizer.ggml.bos_token_id", BOS);
        metadata.put("tokenizer.ggml.eos_token_id", EOS);
        metadata.put("tokenizer.ggml.add_bos_token", true);
        metadata.put(
                "tokenizer.chat_template",
                "{% for message in messages %}{{ message.role }}: {{ message.content }}\n{% endfor %}"
                        + "{% if add_generation_prompt %}assistant: {% endif %}");
        return metadata;
    }

    /** GPT-2's printable stand-in for a byte: itself where printable, else the next free letter from U+0100. */
    private static String byteLetter(int value) {
        int next = 0x100;
        for (int b = 0; b < 256; b++) {
            boolean printable = b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE;
            if (b == value) {
                return String.valueOf((char) (printable ? b : next));
            }
            next += printable ? 0 : 1;
        }
        throw new IllegalArgumentException("not a byte: " + value);
    }

    private static GgufWriter.Declaration matrix(String name, int columns, int rows) {
        return new GgufWriter.Declaration(name, DType.F32, new Shape(columns, rows));
    }

    private static GgufWriter.Declaration vector(String name, int length) {
        return new GgufWriter.Declaration(name, DType.F32, new Shape(length));
    }

    /** Values depend on seed and name alone: models of different depth share what they both have. */
    private static Tensor random(GgufWriter.Declaration tensor, Size size, Arena arena) {
        Random random = new Random(size.seed() * 31 + tensor.name().hashCode());
        boolean norm = tensor.name().contains("norm");
        boolean branch = tensor.name().contains("attn_output") || tensor.name().contains("ffn_down");
        double scale = 1 / Math.sqrt(tensor.shape().columns());
        double gain = tensor.name().startsWith("output.") ? 6 : branch ? 0.7 : 1;
        DoubleSupplier value = () -> norm ? 1 + 0.1 * random.nextGaussian() : gain * scale * random.nextGaussian();
        int elements = Math.toIntExact(tensor.shape().elements());
        MemorySegment data = arena.allocate(4L * elements, 32);
        for (int i = 0; i < elements; i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) value.getAsDouble());
        }
        return new Tensor(tensor.name(), tensor.type(), tensor.shape(), data);
    }
}
