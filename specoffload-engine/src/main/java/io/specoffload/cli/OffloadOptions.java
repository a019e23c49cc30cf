package io.specoffload.cli;

import io.specoffload.engine.EngineConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
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

    @Mixin
    private StagingOptions staging = new StagingOptions();

    @Option(
            names = "--read-rate",
            paramLabel = "RATE",
            converter = ByteSize.class,
            description = "limit on reading from disk, for example 0.5GB/s, so that runs can be compared")
    private @Nullable Long readRate;

    EngineConfig.Builder apply(EngineConfig.Builder builder) {
        return staging.apply(builder).memoryBudget(memoryBudget).readRate(readRate == null ? 0 : readRate);
    }
}
