package io.specoffload.bench;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a comparison has measured while weights streamed. Figures that nobody tells are NaN or -1.
 *
 * @param target the model's file, or first of its files
 * @param targetBytes size of all of them
 * @param groupVersion of the memory groups that the runs were in; 0 for none
 * @param withoutGroups why there are none, or null
 * @param directReads bandwidth of plain direct reads, measured before each run and after the last
 * @param rows one per contender
 * @param ratios of neighbouring runs
 * @param remarks what limits the trust in the figures
 */
public record StreamedResult(
        Path target,
        long targetBytes,
        int groupVersion,
        @Nullable String withoutGroups,
        Spread directReads,
        List<Row> rows,
        List<Ratio> ratios,
        List<String> remarks) {

    /**
     * Repeated measurements of one figure; NaN without any.
     *
     * @param median middle one
     * @param low smallest
     * @param high largest
     * @param count how many there are
     */
    public record Spread(double median, double low, double high, int count) {

        static Spread of(double[] values) {
            double[] sorted = java.util.Arrays.stream(values)
                    .filter(Double::isFinite)
                    .sorted()
                    .toArray();
            return sorted.length == 0
                    ? new Spread(Double.NaN, Double.NaN, Double.NaN, 0)
                    : new Spread(Samples.median(sorted), sorted[0], sorted[sorted.length - 1], sorted.length);
        }
    }

    /**
     * One contender.
     *
     * @param name who
     * @param version of its engine, or empty for this one
     * @param tokensPerSecond of decoding; of a batch useful tokens over all its time
     * @param bound tokens per second that the bytes it streamed per token allow at the median bandwidth of direct reads,
     *     for this engine at no more than the read rate it was granted; NaN where nothing streamed or it is not told
     * @param boundShare share of its bound that it reached; above 1 where the disk was faster than at the median
     * @param promptSeconds to the first token, without loading
     * @param readBytes from disk in prompt and decoding
     * @param streamRate bytes per second while this engine's stream read
     * @param directShare share of the bandwidth of direct reads, measured by the engine right after, that it reached
     * @param limitHits how often the memory group's limit stood in the way
     * @param kills processes killed at the limit, in all runs
     * @param groupPeak most memory charged to the group, page cache included
     * @param cachedBytes of the target's file in the page cache after the run
     * @param peakMemory most resident memory of the process
     * @param acceptance accepted share of the candidates
     * @param sameOutput share of the output before the first token that is not the first contender's; NaN where
     *     outputs are not told
     * @param accountedMemory bytes outside of the Java heap that this engine accounts for
     * @param measuredMemory anonymous bytes of its process without the JVM's share
     * @param failures what went wrong, one per failed run
     */
    public record Row(
            String name,
            String version,
            Spread tokensPerSecond,
            double bound,
            double boundShare,
            double promptSeconds,
            double readBytes,
            double streamRate,
            double directShare,
            double limitHits,
            long kills,
            double groupPeak,
            double cachedBytes,
            double peakMemory,
            double acceptance,
            double sameOutput,
            double accountedMemory,
            double measuredMemory,
            List<String> failures) {}

    /**
     * Two contenders.
     *
     * @param subject whose speed is divided by the other's
     * @param comparison with the other
     */
    public record Ratio(String subject, Comparison comparison) {}
}
