package io.specoffload.cli;

import io.specoffload.synthetic.ModelShape;
import io.specoffload.synthetic.SyntheticModel;
import io.specoffload.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes a random-weight model of a given shape. */
@Command(
        name = "synthesize",
        description = "Writes a model with random weights, to measure shapes that cannot be downloaded. Its greedy"
                + " continuation is known, so that a pair with a given acceptance rate can be made.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class SynthesizeCommand extends CliCommand {

    private static final double DEFAULT_ACCEPTANCE = 0.7;

    @Option(
            names = "--shape",
            required = true,
            paramLabel = "NAME|SHAPE.json",
            description =
                    "llama-160m, llama-1b, mistral-7b, llama-70b, mixtral-small, mixtral-8x7b, mixtral-8x22b, or a"
                            + " JSON file such as {\"architecture\":\"llama\",\"layers\":22,\"width\":2048,\"feedForward\":5632,"
                            + "\"heads\":32,\"kvHeads\":4,\"vocabulary\":32000}.")
    private String shape;

    @Option(names = "--type", required = true, paramLabel = "TYPE", description = "Type of the matrices, such as Q4_0.")
    private String type;

    @Option(
            names = "--pair-with",
            paramLabel = "D.gguf",
            description = "A synthesized model, the draft, with whose greedy continuation this one agrees.")
    private @Nullable Path pairWith;

    @Option(
            names = "--acceptance",
            paramLabel = "SHARE",
            description = "Share of tokens on which the pair agrees (default: 0.7).")
    private @Nullable Double acceptance;

    @Option(names = "--seed", defaultValue = "1", description = "Seed (default: ${DEFAULT-VALUE}).")
    private long seed;

    @Option(names = "--out", required = true, paramLabel = "M.gguf", description = "The file to write.")
    private Path out;

    @Override
    void run() throws IOException {
        ModelShape parsed =
                shape.endsWith(".json") ? ModelShape.parse(Files.readString(Path.of(shape))) : ModelShape.of(shape);
        if (acceptance != null && pairWith == null) {
            throw new IllegalArgumentException("--acceptance needs --pair-with");
        }
        double share = acceptance == null ? DEFAULT_ACCEPTANCE : acceptance;
        long size = SyntheticModel.write(parsed, type(), pairWith, share, seed, out);
        if (json()) {
            Map<String, Object> result = new LinkedHashMap<>();
            result.put("file", out.toString());
            result.put("bytes", size);
            if (pairWith != null) {
                result.put("acceptance", share);
            }
            out().println(CliSupport.json(result));
        } else {
            out().printf("%s: %,d bytes%n", out, size);
        }
    }

    private DType type() {
        return Arrays.stream(DType.values())
                .filter(t -> t.name().equalsIgnoreCase(type))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "there is no type " + type + "; there are " + Arrays.toString(DType.values())));
    }
}
