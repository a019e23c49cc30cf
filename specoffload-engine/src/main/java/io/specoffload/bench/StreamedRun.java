package io.specoffload.bench;

import org.jspecify.annotations.Nullable;

/**
 * One run of one contender.
 *
 * @param figures what it told, or null if it failed
 * @param child what became of its process
 * @param cachedBytes of the target's file in the page cache after it, or -1
 */
record StreamedRun(@Nullable RunFigures figures, ChildRuns.Run<?> child, long cachedBytes) {

    double tokensPerSecond() {
        return figures == null ? Double.NaN : figures.tokensPerSecond();
    }

    double secondsPerToken() {
        return 1 / tokensPerSecond();
    }

    /**
     * Tokens per second that the streamed bytes allow.
     *
     * @param bandwidth bytes per second
     */
    double bound(double bandwidth) {
        return figures == null || figures.streamedBytes() <= 0
                ? Double.NaN
                : bandwidth * figures.tokens() / figures.streamedBytes();
    }
}
