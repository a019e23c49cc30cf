package io.specoffload.engine;

/** What an engine needs of the Java heap: activations and logits lie there, weights and caches do not. */
final class HeapNeed {

    /** Vocabularies, requests, and room for the collector. */
    private static final long REST = 32L << 20;

    private HeapNeed() {}

    /**
     * Refuses what the collector could only fight against.
     *
     * @param largestHeap bytes that the heap may grow to
     * @throws IllegalArgumentException with a remedy, if the plan's working memory does not fit
     */
    static void check(MemoryPlan plan, long largestHeap) {
        long working = plan.items().getOrDefault("working memory", 0L);
        if (working + REST > largestHeap) {
            throw new IllegalArgumentException("activations and logits take " + MemoryPlan.mebibytes(working)
                    + " of the Java heap, which may grow to " + MemoryPlan.mebibytes(largestHeap)
                    + " only: give the JVM at least -Xmx" + Math.ceilDiv(working + REST, 1L << 20)
                    + "m, or use fewer slots or candidates, or smaller prompt chunks");
        }
    }
}
