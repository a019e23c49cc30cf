package io.specoffload.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Another engine in a child process, which reads one JSON request per line and answers with one line each. Requests:
 * {@code load} (model, threads, context), then {@code prefill}, {@code decode}, {@code verify} and {@code greedy}
 * (prompt: ids to have in the cache, tokens: ids to time). Owns the process.
 */
final class PeerProcess implements Subject {

    private static final String NODE_SCRIPT = "node-peer.mjs";

    private final Process process;
    private final Path script;
    private final BufferedReader in;
    private final Writer out;
    private final BenchTokens tokens;
    private final String name;
    private final Set<Operation> operations = new TreeSet<>();

    private PeerProcess(List<String> command, Path script, Map<String, Object> load, BenchTokens tokens)
            throws IOException {
        this.script = script;
        this.tokens = tokens;
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        in = process.inputReader(StandardCharsets.UTF_8);
        out = process.outputWriter(StandardCharsets.UTF_8);
        try {
            JsonNode loaded = ask(load);
            name = loaded.path("name").asString(command.getFirst());
            for (JsonNode operation : loaded.path("operations")) {
                operations.add(Operation.valueOf(operation.asString("").toUpperCase(Locale.ROOT)));
            }
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /**
     * A current llama.cpp through the npm package {@code node-llama-cpp}.
     *
     * @param folder where it is installed: holds {@code node_modules}
     * @throws IllegalArgumentException if it is not installed there or does not start
     */
    static PeerProcess node(Path folder, Path model, int threads, int context, int vocabulary) throws IOException {
        Path entry = folder.resolve("node_modules/node-llama-cpp/dist/index.js").toAbsolutePath();
        if (!Files.isRegularFile(entry)) {
            throw new IllegalArgumentException(folder
                    + " holds no node_modules/node-llama-cpp; run: npm install --prefix " + folder + " node-llama-cpp");
        }
        Path script = Files.createTempFile("specoffload-peer", ".mjs");
        try (InputStream source = PeerProcess.class.getResourceAsStream(NODE_SCRIPT)) {
            if (source == null) {
                throw new IllegalStateException("the resource " + NODE_SCRIPT + " is missing");
            }
            Files.write(script, source.readAllBytes());
        }
        Map<String, Object> load = new LinkedHashMap<>();
        load.put("op", "load");
        load.put("model", model.toAbsolutePath().toString());
        load.put("threads", threads);
        load.put("context", context);
        return new PeerProcess(
                List.of("node", script.toString(), entry.toUri().toString()),
                script,
                load,
                new BenchTokens(vocabulary));
    }

    private JsonNode ask(Map<String, Object> request) {
        try {
            out.write(JsonMapper.shared().writeValueAsString(request) + "\n");
            out.flush();
            String line = in.readLine();
            if (line == null) {
                throw new IllegalArgumentException("the peer ended at " + request.get("op"));
            }
            JsonNode answer = JsonMapper.shared().readTree(line);
            if (answer.has("error")) {
                throw new IllegalArgumentException("the peer fails at " + request.get("op") + ": "
                        + answer.get("error").asString());
            }
            return answer;
        } catch (IOException e) {
            throw new UncheckedIOException("the peer is gone", e);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("the peer does not answer in JSON: " + e.getOriginalMessage(), e);
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Set<Operation> operations() {
        return operations;
    }

    @Override
    public double seconds(Operation operation, int n, int depth) {
        int before = operation == Operation.PREFILL ? 0 : depth;
        return ask(request(operation.name().toLowerCase(Locale.ROOT), before, n))
                .path("seconds")
                .asDouble(Double.NaN);
    }

    @Override
    public int greedyAfter(int n) {
        return ask(request("greedy", 0, n)).path("token").asInt(-1);
    }

    private Map<String, Object> request(String operation, int depth, int n) {
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("op", operation);
        request.put("prompt", tokens.range(0, depth));
        request.put("tokens", tokens.range(depth, n));
        return request;
    }

    @Override
    public long peakMemory() {
        return ProcessMemory.of(process.pid()).peak();
    }

    /** Ends the process, by force if it does not end at the end of its input. */
    @Override
    public void close() {
        try {
            out.close();
            if (!process.waitFor(10, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            Files.deleteIfExists(script);
        } catch (IOException e) {
            process.destroyForcibly();
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }
}
