package io.specoffload.testing;

import de.kherud.llama.InferenceParameters;
import de.kherud.llama.LlamaModel;
import de.kherud.llama.ModelParameters;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import tools.jackson.databind.json.JsonMapper;

/**
 * An older llama.cpp, through {@code de.kherud:llama}, in a process of its own: a fault in native code must not end the
 * tests' JVM.
 */
public final class LlamaCppPeer {

    private LlamaCppPeer() {}

    /**
     * Greedy continuations of rendered prompts, whose special tokens are parsed. Skips the test where the native library
     * does not load.
     */
    public static List<String> complete(Path model, List<String> prompts, int maxTokens, Path scratch)
            throws IOException, InterruptedException {
        Path input = scratch.resolve("peer-prompts.json");
        Path output = scratch.resolve("peer-answers.json");
        Path log = scratch.resolve("peer.log");
        Files.write(input, JsonMapper.shared().writeValueAsBytes(prompts));
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        LlamaCppPeer.class.getName(),
                        model.toString(),
                        input.toString(),
                        output.toString(),
                        Integer.toString(maxTokens))
                .redirectErrorStream(true)
                .redirectOutput(log.toFile())
                .start();
        boolean ended = process.waitFor(5, TimeUnit.MINUTES);
        if (!ended) {
            process.destroyForcibly();
        }
        Assumptions.assumeTrue(
                ended && process.exitValue() == 0 && Files.exists(output),
                () -> "llama.cpp did not run here: " + lastLine(log));
        String[] answers = JsonMapper.shared().readValue(Files.readAllBytes(output), String[].class);
        return List.of(answers);
    }

    private static String lastLine(Path log) {
        try (InputStream in = Files.newInputStream(log)) {
            List<String> lines = new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .toList();
            return lines.isEmpty() ? "no output" : lines.getLast();
        } catch (IOException e) {
            return e.toString();
        }
    }

    /** Arguments: model, JSON array of prompts, file for the JSON array of answers, token limit. */
    public static void main(String[] arguments) throws IOException {
        String[] prompts = JsonMapper.shared().readValue(Files.readAllBytes(Path.of(arguments[1])), String[].class);
        List<String> answers = new ArrayList<>();
        ModelParameters parameters = new ModelParameters()
                .setModel(arguments[0])
                .setGpuLayers(0)
                .setThreads(2)
                .setCtxSize(1024);
        try (LlamaModel model = new LlamaModel(parameters)) {
            for (String prompt : prompts) {
                answers.add(model.complete(new InferenceParameters(prompt)
                        .setTemperature(0)
                        .setRepeatPenalty(1)
                        .setCachePrompt(false)
                        .setNPredict(Integer.parseInt(arguments[3]))));
            }
        }
        Files.write(Path.of(arguments[2]), JsonMapper.shared().writeValueAsBytes(answers));
        // native threads that outlive the model would keep the JVM from ending
        Runtime.getRuntime().halt(0);
    }
}
