package io.specoffload.testing;

import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.format.GgufFile;
import io.specoffload.tensor.DType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.Predicate;
import tools.jackson.databind.json.JsonMapper;

/**
 * Tiny models of random weights for a comparison with a llama.cpp of today, see {@code src/test/peer/README.md}: writes
 * them, and compares the logits that the other program has written.
 */
public final class PeerModels {

    private static final int TOKENS = 200;

    /** Suffix of the copy of a quantized model in F32. */
    private static final String FLOATS = "-as-f32";

    private PeerModels() {}

    /**
     * One model.
     *
     * @param name of its file
     * @param shape sizes
     * @param type of the tensors in {@code chosen}; all others are F32
     * @param chosen by name
     */
    record Case(String name, FamilyShape shape, DType type, Predicate<String> chosen) {}

    static List<Case> cases() {
        Predicate<String> none = name -> false;
        Predicate<String> embedding = name -> name.equals("token_embd.weight");
        Predicate<String> experts = name -> name.endsWith("_exps.weight");
        Predicate<String> matrices =
                name -> name.endsWith("weight") && !name.contains("norm") && !name.contains("sinks");
        FamilyShape first =
                FamilyShape.dense("gpt-oss", 64, 8, 2, 16, 96).withExperts(6, 2).withWindow(4, 24, 2);
        FamilyShape second =
                FamilyShape.dense("gpt-oss", 96, 6, 6, 32, 64).withExperts(9, 4).withWindow(4, 128, 2);
        FamilyShape third = FamilyShape.dense("gpt-oss", 128, 4, 1, 64, 160)
                .withExperts(3, 1)
                .withWindow(5, 64, 2);
        FamilyShape llama = FamilyShape.dense("llama", 256, 4, 2, 64, 512);
        FamilyShape mixture = FamilyShape.dense("qwen3moe", 256, 8, 4, 32, 256).withExperts(8, 3);
        return List.of(
                new Case("gpt-oss-1", first, DType.F32, none),
                new Case("gpt-oss-2", second, DType.F32, none),
                new Case("gpt-oss-3", third, DType.F32, none),
                new Case("gpt-oss-1-mxfp4-experts", first, DType.MXFP4, experts),
                new Case("gpt-oss-2-mxfp4-experts", second, DType.MXFP4, experts),
                new Case("gpt-oss-3-mxfp4-experts", third, DType.MXFP4, experts),
                new Case("llama", llama, DType.F32, none),
                new Case("llama-mxfp4-embedding", llama, DType.MXFP4, embedding),
                new Case("llama-iq4_xs-embedding", llama, DType.IQ4_XS, embedding),
                new Case("llama-mxfp4", llama, DType.MXFP4, matrices),
                new Case("llama-iq4_xs", llama, DType.IQ4_XS, matrices),
                new Case("qwen3moe", mixture, DType.F32, none),
                new Case("qwen3moe-mxfp4-experts", mixture, DType.MXFP4, experts),
                new Case("qwen3moe-iq4_xs-experts", mixture, DType.IQ4_XS, experts),
                new Case(
                        "llama-experts",
                        FamilyShape.dense("llama", 96, 6, 3, 16, 64).withExperts(5, 2),
                        DType.F32,
                        none),
                new Case("llama-odd", FamilyShape.dense("llama", 160, 5, 1, 32, 224), DType.F32, none),
                new Case("qwen2", FamilyShape.dense("qwen2", 112, 7, 1, 16, 96), DType.F32, none),
                new Case("qwen3", FamilyShape.dense("qwen3", 64, 4, 1, 32, 96), DType.F32, none),
                new Case("gemma2", FamilyShape.dense("gemma2", 64, 4, 2, 24, 96).withWindow(5, 24, 2), DType.F32, none),
                new Case("gemma3", FamilyShape.dense("gemma3", 64, 2, 1, 32, 96).withWindow(7, 65, 6), DType.F32, none),
                new Case("phi3", FamilyShape.dense("phi3", 96, 6, 2, 16, 128), DType.F32, none));
    }

    /** Arguments: {@code write} or {@code compare}, and the folder. */
    public static void main(String[] arguments) throws IOException {
        Path folder = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "write" -> write(folder);
            case "compare" -> compare(folder);
            default -> throw new IllegalArgumentException("write or compare, not " + arguments[0]);
        }
    }

    private static int[] tokens() {
        return new Random(7).ints(TOKENS, 0, RandomModel.VOCABULARY - 2).toArray();
    }

    private static void write(Path folder) throws IOException {
        Files.createDirectories(folder);
        List<String> names = new ArrayList<>();
        for (Case one : cases()) {
            Path file = folder.resolve(one.name() + ".gguf");
            FamilyFiles.write(one.shape(), one.name().hashCode(), one.type(), one.chosen(), file);
            names.add(one.name());
            if (one.type() != DType.F32) {
                FloatCopy.of(file, folder.resolve(one.name() + FLOATS + ".gguf"));
                names.add(one.name() + FLOATS);
            }
        }
        Map<String, Object> index = Map.of("models", names, "tokens", tokens());
        Files.write(folder.resolve("cases.json"), JsonMapper.shared().writeValueAsBytes(index));
    }

    private static void compare(Path folder) throws IOException {
        Map<String, String> results = new LinkedHashMap<>();
        for (Case one : cases()) {
            results.put(one.name(), compare(one, folder, one.name()));
            if (one.type() != DType.F32) {
                results.put(one.name() + FLOATS, compare(one, folder, one.name() + FLOATS));
            }
        }
        results.forEach((name, result) -> System.out.printf(Locale.ROOT, "%-34s %s%n", name, result));
    }

    /** Our logits of a model with llama.cpp's of it or of its copy. */
    private static String compare(Case one, Path folder, String other) throws IOException {
        Path written = folder.resolve(other + ".logits.f32");
        if (!Files.exists(written)) {
            return "no logits";
        }
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(written)).order(ByteOrder.LITTLE_ENDIAN);
        float[] theirs = new float[bytes.capacity() / 4];
        bytes.asFloatBuffer().get(theirs);
        StringBuilder line = new StringBuilder();
        try (GgufFile file = GgufFile.open(folder.resolve(one.name() + ".gguf"))) {
            for (KernelChoice kernels : List.of(KernelChoice.SCALAR, KernelChoice.VECTOR)) {
                try (TestEngine engine = new TestEngine(file, kernels, DType.F32)) {
                    line.append(difference(engine.logits(tokens()), theirs)).append("   ");
                }
            }
        }
        return line.toString().strip();
    }

    private static String difference(float[] ours, float[] theirs) {
        int width = RandomModel.VOCABULARY;
        double[] rows = new double[TOKENS];
        double error = 0;
        double total = 0;
        int same = 0;
        for (int row = 0; row < TOKENS; row++) {
            double rowError = 0;
            double rowTotal = 0;
            for (int i = row * width; i < (row + 1) * width; i++) {
                rowError += Math.pow((double) ours[i] - theirs[i], 2);
                rowTotal += (double) theirs[i] * theirs[i];
            }
            rows[row] = rowError / rowTotal;
            error += rowError;
            total += rowTotal;
            same += best(ours, row * width, width) == best(theirs, row * width, width) ? 1 : 0;
        }
        Arrays.sort(rows);
        return String.format(
                Locale.ROOT,
                "nmse %.1e, median row %.1e, worst row %.1e, same best token %d/%d",
                error / total,
                rows[TOKENS / 2],
                rows[TOKENS - 1],
                same,
                TOKENS);
    }

    private static int best(float[] values, int from, int count) {
        int best = from;
        for (int i = from; i < from + count; i++) {
            best = values[i] > values[best] ? i : best;
        }
        return best - from;
    }
}
