package io.specoffload.testing;

import io.specoffload.format.GgufWriter;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;

/**
 * Model files of any {@link FamilyShape}: random weights, and a vocabulary of single letters with {@code <s>} and
 * {@code </s>} as its last two tokens. Models of the same seed that differ in their number of layers only share all
 * weights that both have.
 */
public final class FamilyFiles {

    private FamilyFiles() {}

    /** All weights in F32. */
    public static Path write(FamilyShape shape, long seed, Path file) throws IOException {
        return write(shape, seed, DType.F32, name -> false, file);
    }

    /**
     * @param type MXFP4 or IQ4_XS, of the tensors in {@code chosen}; all others are F32
     * @param chosen by name
     */
    public static Path write(FamilyShape shape, long seed, DType type, Predicate<String> chosen, Path file)
            throws IOException {
        try (RandomModel model = shape.write(seed);
                Arena arena = Arena.ofConfined()) {
            vocabulary(model, shape.family());
            if (shape.gptOss()) {
                // a context that texts go beyond, so that all parts of the ramp count
                model.with("gpt-oss.rope.scaling.type", "yarn")
                        .with("gpt-oss.rope.scaling.factor", 32.0)
                        .with("gpt-oss.rope.scaling.original_context_length", 64L);
            }
            Random random = new Random(seed);
            List<Tensor> tensors = new ArrayList<>();
            for (Tensor tensor : model.tensors()) {
                tensors.add(
                        chosen.test(tensor.name()) ? quantized(tensor, type, random, arena) : scaled(tensor, shape));
            }
            List<GgufWriter.Declaration> declarations = tensors.stream()
                    .map(tensor -> new GgufWriter.Declaration(tensor.name(), tensor.type(), tensor.shape()))
                    .toList();
            try (GgufWriter writer =
                    GgufWriter.create(file, narrowed(model.metadata().asMap()), declarations)) {
                for (Tensor tensor : tensors) {
                    writer.write(tensor);
                }
            }
        }
        return file;
    }

    /** llama.cpp reads numbers as float32 only. */
    private static Map<String, Object> narrowed(Map<String, Object> metadata) {
        Map<String, Object> copy = new LinkedHashMap<>(metadata);
        copy.replaceAll((key, value) -> value instanceof Double number ? (Object) number.floatValue() : value);
        return copy;
    }

    private static void vocabulary(RandomModel model, String family) {
        List<String> tokens = new ArrayList<>();
        long[] kinds = new long[RandomModel.VOCABULARY];
        Arrays.fill(kinds, 1);
        for (int i = 0; i < RandomModel.VOCABULARY - 3; i++) {
            tokens.add(String.valueOf((char) ('!' + i)));
        }
        // the line feed, which llama.cpp looks for
        tokens.addAll(List.of("\u010A", "<s>", "</s>"));
        kinds[RandomModel.VOCABULARY - 2] = 3;
        kinds[RandomModel.VOCABULARY - 1] = 3;
        model.with("general.name", "random")
                .with(family + ".vocab_size", (long) RandomModel.VOCABULARY)
                .with("tokenizer.ggml.model", "gpt2")
                .with("tokenizer.ggml.pre", family.equals("gpt-oss") ? "gpt-4o" : "gpt-2")
                .with("tokenizer.ggml.tokens", tokens)
                .with("tokenizer.ggml.token_type", kinds)
                .with("tokenizer.ggml.merges", List.<String>of("! !"))
                .with("tokenizer.ggml.bos_token_id", RandomModel.VOCABULARY - 2L)
                .with("tokenizer.ggml.eos_token_id", RandomModel.VOCABULARY - 1L)
                .with("tokenizer.ggml.add_bos_token", false);
    }

    /** Weights of a size at which nothing saturates; gpt-oss's gates are large enough for its clamp. */
    private static Tensor scaled(Tensor tensor, FamilyShape shape) {
        String name = tensor.name();
        if (tensor.shape().rank() == 1 || name.endsWith(".bias")) {
            return tensor;
        }
        boolean gates = shape.gptOss() && (name.contains("ffn_gate_exps") || name.contains("ffn_up_exps"));
        float factor = (float) ((gates ? 4 : 1.5) / (0.3 * Math.sqrt(tensor.columns())));
        MemorySegment data = tensor.data();
        for (long i = 0; i < tensor.shape().elements(); i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, data.getAtIndex(ValueLayout.JAVA_FLOAT, i) * factor);
        }
        return tensor;
    }

    /** Random blocks: every bit pattern is possible, the scales are such that weights are as large as {@link #scaled}'s. */
    private static Tensor quantized(Tensor like, DType type, Random random, Arena arena) {
        Shape shape = like.shape();
        byte[] content = new byte[Math.toIntExact(type.bytesFor(shape.elements()))];
        random.nextBytes(content);
        ByteBuffer bytes = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
        double size = 1.5 / Math.sqrt(like.columns());
        for (int at = 0; at < content.length; at += type.blockBytes()) {
            switch (type) {
                // a random entry of the table is about 2.9 large, before 2^(x - 127)
                case MXFP4 ->
                    content[at] = (byte) (127 + Math.round(Math.log(size / 2.9) / Math.log(2)) + random.nextInt(-1, 2));
                // a random scale is about 18 large, a random entry about 70
                case IQ4_XS ->
                    bytes.putShort(at, Float.floatToFloat16((float) (size / 18 / 70 * (0.5 + random.nextFloat()))));
                default -> throw new IllegalArgumentException("no random blocks of " + type);
            }
        }
        MemorySegment data = arena.allocate(content.length, 64);
        MemorySegment.copy(content, 0, data, ValueLayout.JAVA_BYTE, 0, content.length);
        return new Tensor(like.name(), type, shape, data);
    }
}
