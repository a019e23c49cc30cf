package io.specoffload.pipeline;

import io.specoffload.pipeline.PipelineFixture.Recorder;
import io.specoffload.sampling.SamplingParameters;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * Submits sequences so that all of them enter at the same hand-over point, whatever the threads do: a sequence of one
 * token goes first, and the pipeline's thread stands in its pass until the others are queued. Without it the first
 * round would hold as many as happened to be queued when that thread woke, and all that is measured and chosen later
 * would follow from that.
 */
final class Together {
    private final PipelineFixture fixture;
    private final Semaphore entered = new Semaphore(0);
    private final Semaphore queued = new Semaphore(0);
    private final SamplingParameters sampling;
    private boolean opening;

    Together(PipelineFixture fixture, SamplingParameters sampling) {
        this.fixture = fixture;
        this.sampling = sampling;
    }

    /** To be called by the target before each of its passes. */
    void beforeForward() {
        if (opening) {
            opening = false;
            entered.release();
            queued.acquireUninterruptibly();
        }
    }

    /** Submits sequences while nothing else runs. */
    List<Recorder> submit(List<int[]> prompts, IntUnaryOperator maxTokens) {
        // seen by the pipeline's thread through the queue's lock
        opening = true;
        fixture.submit(new int[] {2}, sampling, 1);
        entered.acquireUninterruptibly();
        List<Recorder> recorders = IntStream.range(0, prompts.size())
                .mapToObj(i -> fixture.submit(prompts.get(i), sampling, maxTokens.applyAsInt(i)))
                .toList();
        queued.release();
        return recorders;
    }
}
