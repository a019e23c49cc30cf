package io.specoffload.engine;

/**
 * The JVM's own share of a memory budget: heap, code, classes, collector, stacks. Working memory lies on the heap, and is not
 * counted twice where the largest heap is known to be small.
 *
 * @param maxHeapBytes largest size of its heap
 */
record JvmShare(long maxHeapBytes) {

    /** A quarter of the budget beside working memory, but no more than this, */
    private static final long MOST_BYTES = 256L << 20;

    /**
     * ... nor, with working memory, than the largest heap and this: about 95 MB were measured beside the heap of an engine that
     * streams, most of it the compiler's working memory.
     */
    private static final long BESIDE_HEAP = 112L << 20;

    private static final int SHARE = 4;

    static JvmShare ofThisJvm() {
        return new JvmShare(Runtime.getRuntime().maxMemory());
    }

    /** Bytes of a budget that are left to the JVM beside working memory. */
    long of(long budget, long workingBytes) {
        return Math.min(ofGrowing(budget), beside(workingBytes));
    }

    /** The same where the heap may grow. */
    long ofGrowing(long budget) {
        return Math.min(MOST_BYTES, budget / SHARE);
    }

    /** The smallest budget of which so many bytes, working memory among them, remain. */
    long smallestBudget(long needed, long workingBytes) {
        long most = Math.min(MOST_BYTES, beside(workingBytes));
        long budget = Math.min(Math.ceilDiv(needed * SHARE, SHARE - 1), needed + most);
        return budget - 1 - of(budget - 1, workingBytes) >= needed ? budget - 1 : budget;
    }

    private long beside(long workingBytes) {
        return Math.max(0, most() - workingBytes);
    }

    /** All that the process can take but native weights and caches: the largest heap, and what lies beside it. */
    long most() {
        return Math.min(Long.MAX_VALUE / 2, maxHeapBytes) + BESIDE_HEAP;
    }
}
