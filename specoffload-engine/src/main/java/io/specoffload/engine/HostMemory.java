package io.specoffload.engine;

import io.specoffload.calibration.AvailableMemory;
import java.nio.file.Path;
import java.util.OptionalLong;

/**
 * How much memory the engine may take where nobody says: the least of what the system has available and of what the
 * control groups (versions 1 and 2) of the process have left, without the JVM's heap and a reserve.
 *
 * @param root the file system's root; another one for tests
 */
record HostMemory(Path root) {

    private static final long RESERVE = 256L << 20;

    /**
     * The default budget, or nothing where the system does not say what it has.
     *
     * @param maximumHeap bytes that the JVM's heap may grow to
     */
    OptionalLong defaultBudget(long maximumHeap) {
        OptionalLong available = AvailableMemory.read(root);
        return available.isEmpty() ? available : OptionalLong.of(budgetOf(available.getAsLong(), maximumHeap));
    }

    /** The default budget where so many bytes are available. */
    static long budgetOf(long availableBytes, long maximumHeap) {
        long left = availableBytes - maximumHeap - RESERVE;
        return Math.max(0, left - left / 10);
    }
}
