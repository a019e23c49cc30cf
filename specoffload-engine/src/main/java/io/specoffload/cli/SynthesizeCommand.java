package io.specoffload.cli;

import io.specoffload.synthetic.ModelShapes;
import io.specoffload.synthetic.SyntheticModel;
import io.specoffload.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code synthesize}: a random-weight model of a shape, for benchmarks. */
@Command(
        name = "synthesize",
        mixinStandardHelpOptions = true,
        description = {
            "Writes a model of random weights whose greedy continuation is known: for benchmarks of shapes.",
            "With --pair-with, one that agrees with another such model on a share of tokens."
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class SynthesizeCommand extends CliCommand {

    private static final long REPORTED_FROM = 1L << 30;

    @Option(
            names = "--shape",
            required = true,
            paramLabel = "NAME|SHAPE.json",
            description = "llama-160m, llama-1b, mistral-7b, llama-70b, mixtral-small, mixtral-8x7b, mixtral-8x22b,"
                    + " or a JSON file")
    private String shape;

    @Option(names = "--type", required = true, description = "type of the weights: ${COMPLETION-CANDIDATES}")
    private DType type;

    @Option(names = "--pair-with", paramLabel = "D.gguf", description = "a synthetic model to agree with")
    private @Nullable Path pairWith;

    @Option(
            names = "--acceptance",
            paramLabel = "SHARE",
            description = "share of tokens on which the pair agrees (default: 0.7)")
    private @Nullable Double acceptance;

    @Option(names = "--seed", description = "of all random numbers (default: ${DEFAULT-VALUE})", defaultValue = "1")
    private long seed;

    @Option(names = "--out", required = true, paramLabel = "M.gguf", description = "the file to write")
    private Path file;

    @Override
    void run() throws IOException {
        if (acceptance != null && pairWith == null) {
            throw new IllegalArgumentException("--acceptance needs --pair-with, the model to agree with");
        }
        double share = acceptance == null ? 0.7 : acceptance;
        SyntheticModel model = pairWith == null
                ? SyntheticModel.of(ModelShapes.find(shape), type, seed)
                : SyntheticModel.pairedWith(pairWith, share, ModelShapes.find(shape), type, seed);
        long start = System.nanoTime();
        model.write(file, progress(model.tensorBytes()));
        double seconds = Math.round((System.nanoTime() - start) / 1e6) / 1e3;
        if (!json()) {
            out().printf(Locale.ROOT, "%s: %,d parameters, %,d bytes%n", file, model.parameters(), Files.size(file));
            return;
        }
        Map<String, Object> report = new LinkedHashMap<>();
        report.put("file", file.toString());
        report.put("type", type.name());
        report.put("parameters", model.parameters());
        report.put("bytes", Files.size(file));
        report.put("seed", seed);
        report.put("pairedWith", pairWith == null ? null : pairWith.toString());
        report.put("acceptance", pairWith == null ? null : share);
        report.put("seconds", seconds);
        out().println(CliSupport.json(report));
    }

    /** A line per tenth of a large file. */
    private LongConsumer progress(long total) {
        long[] reported = {0};
        return written -> {
            long tenth = 10 * written / total;
            if (total >= REPORTED_FROM && tenth > reported[0]) {
                reported[0] = tenth;
                err().printf(Locale.ROOT, "%d%% of %.1f GB%n", 10 * tenth, total / 1e9);
            }
        };
    }
}
