package io.specoffload.bench;

import org.jspecify.annotations.Nullable;

/**
 * One run of one contender.
 *
 * @param figures what it told, or null if it failed
 * @param child what became of its process
 * @param directReads bytes per second of plain direct reads right before
 * @param cachedBytes of the target's file in the page cache after it, or -1
 */
record StreamedRun(@Nullable RunFigures figures, ChildRuns.Run<?> child, double directReads, long cachedBytes) {

    double tokensPerSecond() {
        return figures == null ? Double.NaN : figures.tokensPerSecond();
    }

    double secondsPerToken() {
        return 1 / tokensPerSecond();
    }

    /**
     * Tokens per second that the streamed bytes allow.
     *
     * @param rateLimit bytes per second that the contender may read; 0 for no limit
     */
    double bound(long rateLimit) {
        if (figures == null || figures.streamedBytes() <= 0) {
            return Double.NaN;
        }
        double bandwidth = rateLimit > 0 ? Math.min(rateLimit, directReads) : directReads;
        return bandwidth * figures.tokens() / figures.streamedBytes();
    }
}
