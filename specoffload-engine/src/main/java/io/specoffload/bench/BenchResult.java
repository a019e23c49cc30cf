package io.specoffload.bench;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a run has measured.
 *
 * @param tables one per number of threads
 * @param speculation what speculation changes, where a draft model was given
 * @param firstToken from opening the model to its first token
 * @param memory peak and present resident memory of this process, at the end
 */
public record BenchResult(
        List<Table> tables, List<Speculation> speculation, FirstToken firstToken, ProcessMemory memory) {

    /**
     * The measurements at one number of threads.
     *
     * @param threads compute threads
     * @param bandwidth bytes per second that these threads read from memory; NaN without the Vector API
     * @param flops floating-point operations per second that they reach within registers; NaN without
     * @param rows measurements
     * @param peerPeakMemory peak resident memory of each peer's process, by name
     * @param sameGreedyToken whether each peer continues a prompt with the same token, by name
     */
    public record Table(
            int threads,
            double bandwidth,
            double flops,
            List<Row> rows,
            Map<String, Long> peerPeakMemory,
            Map<String, Boolean> sameGreedyToken) {}

    /**
     * One measurement.
     *
     * @param subject who
     * @param operation what
     * @param n tokens or rows
     * @param tokensPerSecond median
     * @param slowest smallest
     * @param fastest largest
     * @param achievedFlops floating-point operations per second in matrix products
     * @param achievedBandwidth bytes of weights per second, where a pass reads each once; NaN elsewhere
     * @param comparison of this engine's time with this subject's; null in this engine's own rows
     */
    public record Row(
            String subject,
            Subject.Operation operation,
            int n,
            double tokensPerSecond,
            double slowest,
            double fastest,
            double achievedFlops,
            double achievedBandwidth,
            @Nullable Comparison comparison) {}

    /**
     * Decoding with and without a draft model, tokens per second.
     *
     * @param threads compute threads
     * @param off median without
     * @param on median with
     * @param gain on against off, in pairs
     * @param acceptance share of the drafted tokens that were accepted
     */
    public record Speculation(int threads, double off, double on, Comparison gain, double acceptance) {}

    /**
     * Seconds from opening the engine to the first token of a prompt of 32 tokens.
     *
     * @param cold the first time in this JVM
     * @param warm after everything else
     */
    public record FirstToken(double cold, double warm) {}
}
