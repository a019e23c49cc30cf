package io.specoffload.cli;

import io.specoffload.engine.EngineConfig;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How much memory streamed weights pass through; shared by the commands that generate and the benchmark that runs them. */
final class StagingOptions {

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
            description = "the same as what streams of so many layers, at least 2; 0 for --staging")
    private int stagingLayers;

    EngineConfig.Builder apply(EngineConfig.Builder builder) {
        return builder.stagingBytes(staging == null ? 0 : staging).stagingLayers(stagingLayers);
    }

    /** The same options for another process. */
    List<String> arguments() {
        if (stagingLayers != 0) {
            return List.of("--staging-layers", Integer.toString(stagingLayers));
        }
        return staging == null ? List.of() : List.of("--staging", staging.toString());
    }
}
