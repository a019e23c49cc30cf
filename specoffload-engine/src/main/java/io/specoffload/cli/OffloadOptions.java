package io.specoffload.cli;

import io.specoffload.engine.EngineConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How much memory a model may take, and how what does not fit is streamed; shared by the commands that generate. */
final class OffloadOptions {

    @Option(
            names = "--memory-budget",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description = "memory for models, caches and buffers, for example 1500MiB;"
                    + " what does not fit streams from disk (default: what the machine has left)")
    private @Nullable Long memoryBudget;

    @Option(
            names = "--staging",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description =
                    "memory that streamed weights pass through at most, for example 64MiB (default: chosen by the plan)")
    private @Nullable Long staging;

    @Option(
            names = "--staging-layers",
            paramLabel = "N",
            defaultValue = "0",
            description = "the same as what streams of so many layers; 0 for --staging")
    private int stagingLayers;

    @Option(
            names = "--read-rate",
            paramLabel = "RATE",
            converter = ByteSize.class,
            description = "limit on reading from disk, for example 0.5GB/s, so that runs can be compared")
    private @Nullable Long readRate;

    EngineConfig.Builder apply(EngineConfig.Builder builder) {
        return builder.memoryBudget(memoryBudget)
                .stagingBytes(staging == null ? 0 : staging)
                .stagingLayers(stagingLayers)
                .readRate(readRate == null ? 0 : readRate);
    }
}
