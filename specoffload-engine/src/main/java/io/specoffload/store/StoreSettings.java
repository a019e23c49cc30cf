package io.specoffload.store;

/**
 * How weights are read.
 *
 * @param stagingUnits staging buffers; 0 if nothing streams through them, else at least 2
 * @param unitBytes size of one
 * @param expertSlots experts that are cached; 0 for a dense model
 * @param embeddingRows distinct embedding rows that a pass may need
 * @param pieceBytes size of one read, a multiple of the device's block
 * @param readers reads in flight
 * @param readRate bytes per second at most; 0 for no limit
 */
public record StoreSettings(
        int stagingUnits,
        long unitBytes,
        int expertSlots,
        int embeddingRows,
        long pieceBytes,
        int readers,
        long readRate) {

    /** Large enough to keep a disk busy, small enough for several to be in flight. */
    public static final long DEFAULT_PIECE_BYTES = 2L << 20;

    public static final int DEFAULT_READERS = 4;
}
