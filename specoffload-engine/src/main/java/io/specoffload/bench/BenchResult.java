package io.specoffload.bench;

import java.util.Collections;
import java.util.Comparator;
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
     * Decoding with a draft model and everything in memory, tokens per second: with the candidates that the engine
     * chooses, and with a number that it has to keep to.
     *
     * @param threads compute threads
     * @param chosen median with the engine's choice
     * @param acceptance share of the drafted tokens that were accepted then
     * @param drafted candidates per generated token then
     * @param fixed the others, without candidates first
     */
    public record Speculation(
            int threads, double chosen, double acceptance, double drafted, List<FixedCandidates> fixed) {

        /** The fastest of those that had no choice. */
        public FixedCandidates best() {
            return Collections.max(fixed, Comparator.comparingDouble(FixedCandidates::tokensPerSecond));
        }
    }

    /**
     * Decoding with a fixed number of candidates.
     *
     * @param candidates in every round; 0 for decoding without the draft model
     * @param tokensPerSecond median
     * @param chosen the engine's choice against this, in pairs
     */
    public record FixedCandidates(int candidates, double tokensPerSecond, Comparison chosen) {}

    /**
     * Seconds from opening the engine to the first token of a prompt of 32 tokens, with the most threads.
     *
     * @param cold the first time in this JVM
     * @param warm after everything else, when all code is compiled; median
     * @param peer what a peer takes in a new process, without that process's own start; null where there is none
     */
    public record FirstToken(
            double cold, double warm, @Nullable PeerFirstToken peer) {}

    /**
     * A peer's time to its first token.
     *
     * @param seconds median
     * @param comparison of this engine's time with it, in pairs
     */
    public record PeerFirstToken(double seconds, Comparison comparison) {}
}
