package io.specoffload.format;

import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** A small valid file with every kind of metadata value and several tensor types. */
final class GgufSample {

    static final List<GgufWriter.Declaration> TENSORS = List.of(
            new GgufWriter.Declaration("token_embd.weight", DType.F32, new Shape(8, 3)),
            new GgufWriter.Declaration("blk.0.attn_q.weight", DType.Q4_0, new Shape(32, 2)),
            new GgufWriter.Declaration("blk.0.ffn_up.weight", DType.Q6_K, new Shape(256)),
            new GgufWriter.Declaration("blk.0.ffn_up_exps.weight", DType.F16, new Shape(4, 3, 2)));

    private GgufSample() {}

    static Map<String, Object> metadata() {
        Map<String, Object> values = new LinkedHashMap<>();
        values.put("general.architecture", "llama");
        values.put("general.name", "Größe 大");
        values.put("llama.block_count", 1L);
        values.put("a.negative", -5L);
        values.put("a.large", 1L << 40);
        values.put("a.float", 0.5d);
        values.put("a.double", 0.1d);
        values.put("a.true", true);
        values.put("a.short", (short) 65_535);
        values.put("tokenizer.ggml.tokens", List.of("<s>", "", "a", "é"));
        values.put("tokenizer.ggml.scores", new float[] {0f, -1.5f, Float.NaN, 3f});
        values.put("a.doubles", new double[] {0.1, 2});
        values.put("tokenizer.ggml.token_type", new long[] {3, 1, 1, -1});
        values.put("a.longs", new long[] {1L << 40, 2});
        values.put("a.flags", new boolean[] {true, false});
        values.put("a.empty", List.of());
        values.put("a.nested", List.of(List.of("x", "y"), new long[] {1, 2}, List.of(List.of("deep"))));
        return values;
    }

    /** Writes the file; the tensors' bytes come from a generator with a fixed seed. */
    static Path write(Path file) throws IOException {
        return write(file, metadata(), TENSORS);
    }

    static Path write(Path file, Map<String, Object> metadata, List<GgufWriter.Declaration> tensors)
            throws IOException {
        Random random = new Random(7);
        try (GgufWriter writer = GgufWriter.create(file, metadata, tensors)) {
            for (GgufWriter.Declaration tensor : tensors) {
                byte[] bytes = new byte[(int) tensor.byteSize()];
                random.nextBytes(bytes);
                writer.write(ByteBuffer.wrap(bytes));
            }
        }
        return file;
    }

    static byte[] bytes(Path folder) throws IOException {
        return Files.readAllBytes(write(folder.resolve("sample.gguf")));
    }
}
