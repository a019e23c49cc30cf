package io.specoffload.backend.cpu.vector;

/**
 * Which two rows of a matrix are multiplied at once. Two streams of memory far apart are read faster than one or two
 * adjacent ones. But they must not lie a multiple of the page size apart: then every line of the one takes the place
 * of the other's in the first-level cache and in what reads ahead, and the pair is slower than a single stream. Half a
 * matrix is such a distance surprisingly often (docs/performance-notes.md).
 */
final class RowPairs {

    private static final long PAGE = 4096;

    /** Rows by which the distance may stay below half of the rows, for a better one. */
    private static final int TRIED = 8;

    /** One in so many rows, at most, may be left behind the pairs or be multiplied twice for that. */
    private static final int LEFT = 16;

    private RowPairs() {}

    /**
     * The distance d of the rows of a pair: rows 0 to d - 1 go with rows d to 2 d - 1, and a few may be left behind them.
     *
     * @param rows at least 1
     * @param rowBytes from one row to the next
     * @return at most half of the rows, 0 of a single one, and not much less: what is nearest to half a page beyond a multiple of pages
     */
    static int distance(int rows, long rowBytes) {
        int half = rows / 2;
        int best = half;
        long least = Long.MAX_VALUE;
        for (int distance = half; distance >= half - Math.min(TRIED, rows / (2 * LEFT)); distance--) {
            long off = Math.abs(distance * rowBytes % PAGE - PAGE / 2);
            if (off < least) {
                least = off;
                best = distance;
            }
        }
        return best;
    }
}
