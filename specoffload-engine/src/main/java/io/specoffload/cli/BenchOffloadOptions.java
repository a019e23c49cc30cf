package io.specoffload.cli;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What {@code bench --offload} compares, and within what limits. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchOffloadOptions {

    /** What a JVM takes beside the budget, and some of the page cache. */
    private static final long LIMIT_OVER_BUDGET = 350_000_000;

    private static final double WARM_UP_SECONDS = 0;

    @Option(
            names = "--offload",
            description = "compare generation while weights stream from disk, with and without the draft model, and"
                    + " with the peer's of --peer-node; each run in a process and memory group of its own")
    private boolean offload;

    @Option(
            names = "--memory-budget",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description = "with --offload: memory that this engine grants itself, for example 1100MB")
    private @Nullable Long memoryBudget;

    @Option(
            names = "--memory-limit",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description = "with --offload: limit of every process's memory group, page cache included"
                    + " (default: the budget and 350MB)")
    private @Nullable Long memoryLimit;

    @Option(
            names = "--read-rate",
            paramLabel = "RATE",
            converter = ByteSize.class,
            description = "with --offload: limit on this engine's reading, for example 0.5GB/s; peers read unlimited")
    private @Nullable Long readRate;

    @Option(
            names = "--prompt-length",
            defaultValue = "64",
            description = "with --offload: tokens of a prompt (default: ${DEFAULT-VALUE})")
    private int promptLength;

    @Option(
            names = "--output-length",
            defaultValue = "128",
            description = "with --offload: new tokens (default: ${DEFAULT-VALUE})")
    private int outputLength;

    @Option(
            names = "--batch",
            defaultValue = "0",
            paramLabel = "N",
            description = "with --offload: N sequences at once, useful tokens/s with speculation on and off")
    private int batch;

    @Mixin
    private StagingOptions staging = new StagingOptions();

    @Option(names = "--serial", description = "with --offload: nothing overlaps drafting")
    private boolean serial;

    @Option(names = "--fixed-candidates", description = "with --offload: draft as many candidates always")
    private boolean fixedCandidates;

    @Option(
            names = "--warm-up",
            description = "with --offload: seconds to compute before a single prompt until kernels are compiled"
                    + " (default: 0)")
    private double warmUp = WARM_UP_SECONDS;

    boolean offload() {
        if (!offload && (memoryBudget != null || memoryLimit != null || readRate != null || batch > 0)) {
            throw new IllegalArgumentException(
                    "--memory-budget, --memory-limit, --read-rate and --batch belong to bench --offload");
        }
        return offload;
    }

    long memoryBudget() {
        if (memoryBudget == null) {
            throw new IllegalArgumentException(
                    "bench --offload needs --memory-budget, for example half of the model's size");
        }
        return memoryBudget;
    }

    long memoryLimit() {
        return memoryLimit == null ? memoryBudget() + LIMIT_OVER_BUDGET : memoryLimit;
    }

    long readRate() {
        return readRate == null ? 0 : readRate;
    }

    int promptLength() {
        return promptLength;
    }

    int outputLength() {
        return outputLength;
    }

    int batch() {
        return batch;
    }

    /** What the engine's own commands are told beside models, lengths and limits. */
    List<String> engineOptions() {
        List<String> options = new ArrayList<>(staging.arguments());
        if (serial) {
            options.add("--serial");
        }
        if (fixedCandidates) {
            options.add("--fixed-candidates");
        }
        if (warmUp > 0 && batch == 0) {
            options.addAll(List.of("--warm-up", Double.toString(warmUp)));
        }
        return options;
    }
}
