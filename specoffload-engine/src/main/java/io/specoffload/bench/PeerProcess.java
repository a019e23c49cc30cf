package io.specoffload.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;

/**
 * Another engine in a child process, which reads one JSON request per line and answers with one line each. Requests:
 * {@code load} (model, threads, context, kvType), then {@code prefill}, {@code decode}, {@code verify} and {@code
 * greedy} (prompt: ids to have in the cache, tokens: ids to time). Owns the process.
 */
final class PeerProcess implements Subject {

    private final JsonChild child;
    private final BenchTokens tokens;
    private final String name;
    private final double openSeconds;
    private final Set<Operation> operations = new TreeSet<>();

    /**
     * Starts a peer.
     *
     * @param command that answers requests
     * @param load the first of them
     * @throws IllegalArgumentException if it does not start
     */
    PeerProcess(List<String> command, Map<String, Object> load, BenchTokens tokens) throws IOException {
        this.tokens = tokens;
        child = JsonChild.start(command);
        try {
            JsonNode loaded = child.ask(load);
            name = loaded.path("name").asString(command.getFirst());
            openSeconds = loaded.path("openSeconds").asDouble(Double.NaN);
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
    static PeerProcess node(Path folder, BenchSettings settings, int threads, int vocabulary) throws IOException {
        return start(NodePeer.command(folder), settings, threads, vocabulary);
    }

    /** A peer with the model of the settings. */
    static PeerProcess start(List<String> command, BenchSettings settings, int threads, int vocabulary)
            throws IOException {
        String kvType = settings.kvType().name().toLowerCase(Locale.ROOT);
        return new PeerProcess(
                command,
                NodePeer.load(settings.target(), null, threads, settings.context(), kvType),
                new BenchTokens(vocabulary));
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
        return child.ask(request(operation.name().toLowerCase(Locale.ROOT), before, n))
                .path("seconds")
                .asDouble(Double.NaN);
    }

    @Override
    public int greedyAfter(int n) {
        return child.ask(request("greedy", 0, n)).path("token").asInt(-1);
    }

    /**
     * Seconds from opening the model to the first token of a prompt, the start of the process left out. Right after the peer's
     * own start.
     *
     * @param n tokens of the prompt
     * @return NaN where the peer does not tell
     */
    double firstToken(int n) {
        return openSeconds + child.ask(request("greedy", 0, n)).path("seconds").asDouble(Double.NaN);
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
        return ProcessMemory.of(child.pid()).peak();
    }

    @Override
    public void close() {
        child.close();
    }
}
