package io.specoffload.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * One model of the reference data.
 *
 * @param gguf its file
 * @param tokens the prompt
 * @param vocabulary logits per row
 * @param greedy the tokens that greedy decoding appends
 * @param gaps the reference's distance between best and second best logit at each of these steps
 * @param logits the reference's logits, [tokens][vocabulary]
 */
public record ReferenceModel(Path gguf, int[] tokens, int vocabulary, int[] greedy, double[] gaps, float[] logits) {

    /** All models of the reference data whose name starts with one of the prefixes; all of them if there is none. */
    public static List<ReferenceModel> all(String... prefixes) {
        try (Stream<Path> files = Files.list(Conformance.folder("logits"))) {
            return files.filter(file -> file.toString().endsWith(".gguf"))
                    .filter(file -> prefixes.length == 0
                            || Stream.of(prefixes).anyMatch(file.getFileName().toString()::startsWith))
                    .sorted()
                    .map(ReferenceModel::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ReferenceModel read(Path gguf) {
        String base = gguf.toString().replaceAll("\\.gguf$", "");
        JsonNode json = JsonMapper.shared().readTree(Path.of(base + ".json").toFile());
        try {
            ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(Path.of(base + ".logits.f32")));
            float[] logits = new float[bytes.capacity() / 4];
            bytes.order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(logits);
            return new ReferenceModel(
                    gguf,
                    ints(json.get("tokens")),
                    json.get("vocab").asInt(),
                    ints(json.get("greedy")),
                    doubles(json.get("greedy_gap")),
                    logits);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static int[] ints(JsonNode array) {
        List<Integer> values = new ArrayList<>();
        array.forEach(value -> values.add(value.asInt()));
        return values.stream().mapToInt(Integer::intValue).toArray();
    }

    private static double[] doubles(JsonNode array) {
        List<Double> values = new ArrayList<>();
        array.forEach(value -> values.add(value.asDouble()));
        return values.stream().mapToDouble(Double::doubleValue).toArray();
    }

    public String name() {
        return gguf.getFileName().toString().replaceAll("\\.gguf$", "");
    }

    /** Whether its layers consist of experts. */
    public boolean isMixture() {
        return name().startsWith("mixtral") || name().contains("moe");
    }

    /** The prompt followed by the greedy continuation but its last token: what teacher forcing feeds. */
    public int[] teacherForced() {
        int[] all = Arrays.copyOf(tokens, tokens.length + greedy.length - 1);
        System.arraycopy(greedy, 0, all, tokens.length, greedy.length - 1);
        return all;
    }

    /** Normalized mean square error of logits against the reference. */
    public double nmse(float[] actual) {
        double error = 0;
        double total = 0;
        for (int i = 0; i < logits.length; i++) {
            double difference = (double) actual[i] - logits[i];
            error += difference * difference;
            total += (double) logits[i] * logits[i];
        }
        return error / total;
    }

    @Override
    public String toString() {
        return name();
    }
}
