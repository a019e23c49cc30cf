package io.specoffload.engine;

/**
 * The JVM's own share of a memory budget: heap, code, classes, collector, stacks.
 *
 * @param maxHeapBytes largest size of its heap
 */
record JvmShare(long maxHeapBytes) {

    /** A quarter of the budget, but no more than this, */
    private static final long MOST_BYTES = 256L << 20;

    /**
     * ... nor than the largest heap and this: about 95 MB were measured beside the heap of an engine that streams, most of it the
     * compiler's working memory.
     */
    private static final long BESIDE_HEAP = 112L << 20;

    private static final int SHARE = 4;

    static JvmShare ofThisJvm() {
        return new JvmShare(Runtime.getRuntime().maxMemory());
    }

    /** Bytes of a budget that are left to the JVM. */
    long of(long budget) {
        return Math.min(most(), budget / SHARE);
    }

    /** The smallest budget of which so many bytes remain. */
    long smallestBudget(long needed) {
        long budget = Math.min(Math.ceilDiv(needed * SHARE, SHARE - 1), needed + most());
        return budget - 1 - of(budget - 1) >= needed ? budget - 1 : budget;
    }

    private long most() {
        return maxHeapBytes < MOST_BYTES - BESIDE_HEAP ? maxHeapBytes + BESIDE_HEAP : MOST_BYTES;
    }
}
