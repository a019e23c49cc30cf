package io.specoffload.bench;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What is to be compared while weights stream.
 *
 * @param draft the draft model's file, or null
 * @param memoryBudget bytes that this engine grants itself
 * @param memoryLimit bytes of the memory group that every child process runs in
 * @param readRate bytes per second that this engine may read, 0 for no limit; peers are not limited
 * @param promptLength tokens
 * @param outputLength new tokens, at least 2
 * @param batch sequences at once, each with its own prompt; 0 for a single one and the peers beside it
 * @param repetitions how often every contender runs
 * @param threads compute threads
 * @param context positions per sequence, or null for as many as needed
 * @param candidates per round, most of this engine's, always of the peer's
 * @param kvType f32, f16 or q8_0
 * @param engineOptions passed on to this engine's command as they are
 * @param engineCommand starts this engine's command line in a JVM of its own
 * @param nodePeer folder where node-llama-cpp is installed, or null
 */
public record StreamedSettings(
        @Nullable Path draft,
        long memoryBudget,
        long memoryLimit,
        long readRate,
        int promptLength,
        int outputLength,
        int batch,
        int repetitions,
        int threads,
        @Nullable Integer context,
        int candidates,
        String kvType,
        List<String> engineOptions,
        List<String> engineCommand,
        @Nullable Path nodePeer) {

    /** Positions beyond prompt and output that candidates may take for a while. */
    private static final int SLACK = 16;

    public StreamedSettings {
        engineOptions = List.copyOf(engineOptions);
        engineCommand = List.copyOf(engineCommand);
        atLeast("--prompt-length", promptLength, 1);
        atLeast("--output-length", outputLength, 2);
        atLeast("--batch", batch, 0);
        atLeast("--repetitions", repetitions, 1);
        atLeast("--threads", threads, 1);
        atLeast("--candidates", candidates, 1);
        if (memoryLimit < memoryBudget) {
            throw new IllegalArgumentException("--memory-limit is " + memoryLimit + ", but must be at least"
                    + " --memory-budget, which is " + memoryBudget);
        }
        if (batch > 0 && draft == null) {
            throw new IllegalArgumentException("--batch compares speculation on and off: name a model with --draft");
        }
        if (batch > 0 && nodePeer != null) {
            throw new IllegalArgumentException("--batch runs this engine alone: leave --peer-node out");
        }
        if (context != null && context < promptLength + outputLength) {
            throw new IllegalArgumentException(
                    "--context is " + context + ", but prompt and output need " + (promptLength + outputLength));
        }
    }

    private static void atLeast(String name, int value, int least) {
        if (value < least) {
            throw new IllegalArgumentException(name + " is " + value + ", but must be at least " + least);
        }
    }

    int positions() {
        return Optional.ofNullable(context).orElse(promptLength + outputLength + candidates + SLACK);
    }
}
