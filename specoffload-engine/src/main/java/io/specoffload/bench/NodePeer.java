package io.specoffload.bench;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A current llama.cpp through the npm package {@code node-llama-cpp}, driven by a script of ours in a Node process. */
final class NodePeer {

    private static final String SCRIPT = "node-peer.mjs";

    private NodePeer() {}

    /**
     * The command that answers requests.
     *
     * @param folder where the package is installed: holds {@code node_modules}
     * @throws IllegalArgumentException if it is not installed there
     */
    static List<String> command(Path folder) throws IOException {
        Path entry = folder.resolve("node_modules/node-llama-cpp/dist/index.js").toAbsolutePath();
        if (!Files.isRegularFile(entry)) {
            throw new IllegalArgumentException(
                    folder + " holds no node_modules/node-llama-cpp; run: npm install --prefix " + folder
                            + " --ignore-scripts node-llama-cpp@3.22.1");
        }
        try (InputStream source = NodePeer.class.getResourceAsStream(SCRIPT)) {
            if (source == null) {
                throw new IllegalStateException("the resource " + SCRIPT + " is missing");
            }
            String script = new String(source.readAllBytes(), StandardCharsets.UTF_8);
            return List.of(
                    "node",
                    "--input-type=module",
                    "--eval",
                    script,
                    entry.toUri().toString());
        }
    }

    /** The request to load models. */
    static Map<String, Object> load(Path model, @Nullable Path draft, int threads, int context, String kvType) {
        Map<String, Object> load = new LinkedHashMap<>();
        load.put("op", "load");
        load.put("model", model.toAbsolutePath().toString());
        if (draft != null) {
            load.put("draft", draft.toAbsolutePath().toString());
        }
        load.put("threads", threads);
        load.put("context", context);
        load.put("kvType", kvType);
        return load;
    }
}
