package io.specoffload.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * llama.cpp with memory-mapped weights, by token ids: greedy, one token per pass. With a draft model each round the
 * draft model proposes as many candidates as set, greedily and one pass each; the target evaluates the last token and
 * all candidates in one batch, candidates are kept up to the first that is not the target's choice, whose own choice
 * follows, and both caches drop what lies behind. All passes are llama.cpp's own; the loop around them is ours.
 */
final class NodeContender implements Contender {

    private final StreamedSettings settings;
    private final Path target;
    private final @Nullable Path draft;
    private final BenchTokens tokens;
    private final List<String> command;

    NodeContender(StreamedSettings settings, Path folder, Path target, @Nullable Path draft, BenchTokens tokens)
            throws IOException {
        this.settings = settings;
        this.target = target;
        this.draft = draft;
        this.tokens = tokens;
        this.command = NodePeer.command(folder);
    }

    @Override
    public String name() {
        return draft == null ? "llama.cpp" : "llama.cpp + draft";
    }

    @Override
    public boolean ours() {
        return false;
    }

    @Override
    public List<String> command() {
        return command;
    }

    @Override
    public JsonNode work(JsonChild child) {
        JsonNode loaded =
                child.ask(NodePeer.load(target, draft, settings.threads(), settings.positions(), settings.kvType()));
        Map<String, Object> request = new LinkedHashMap<>();
        request.put("op", "generate");
        request.put("prompt", tokens.range(0, settings.promptLength()));
        request.put("count", settings.outputLength());
        request.put("candidates", draft == null ? 0 : settings.candidates());
        JsonNode answer = child.ask(request);
        return answer instanceof ObjectNode object
                ? object.put("version", loaded.path("name").asString(""))
                : answer;
    }

    @Override
    public RunFigures read(JsonNode answer) {
        List<Integer> output = RunFigures.ids(answer.path("tokens"));
        if (output.size() < 2) {
            throw new ChildFailedException("the peer generated " + output.size() + " tokens, which is too few");
        }
        long promptBytes = answer.path("promptReadBytes").asLong(-1);
        long decodeBytes = answer.path("decodeReadBytes").asLong(-1);
        return new RunFigures(
                answer.path("version").asString(""),
                output,
                output.size() - 1L,
                RunFigures.positive(answer, "/decodeSeconds"),
                RunFigures.positive(answer, "/promptSeconds"),
                decodeBytes,
                promptBytes < 0 || decodeBytes < 0 ? -1 : promptBytes + decodeBytes,
                Double.NaN,
                Double.NaN,
                answer.path("drafted").asLong(0),
                answer.path("accepted").asLong(0),
                RunFigures.Memory.UNKNOWN);
    }
}
