package io.specoffload.calibration;

import java.io.IOException;

/** A file to be read in a measured way. */
interface ReadLoad extends AutoCloseable {

    /** What was read, and how long it took. */
    record Run(long bytes, double seconds) {
        double bytesPerSecond() {
            return bytes / seconds;
        }
    }

    /** What it is, for the profile. */
    String name();

    /** Bytes of the file. */
    long size();

    /** Whether reads pass the page cache by. */
    boolean direct();

    /** What positions and sizes of reads are multiples of. */
    int blockBytes();

    /**
     * Reads on from where the last run ended, from the start again after the end.
     *
     * @param requestBytes bytes per read, a multiple of the block
     * @param inFlight reads at once
     * @param bytes stop when this much was asked for
     * @param seconds or after this time
     */
    Run run(int requestBytes, int inFlight, long bytes, double seconds) throws IOException;

    /**
     * Reads one block somewhere in the file.
     *
     * @param index places of different indices lie far from each other
     * @return seconds that it took
     */
    double single(int index) throws IOException;

    @Override
    void close() throws IOException;
}
