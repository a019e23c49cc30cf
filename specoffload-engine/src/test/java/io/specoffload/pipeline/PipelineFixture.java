package io.specoffload.pipeline;

import io.specoffload.execution.ComputeGate;
import io.specoffload.plan.RoundForecast;
import io.specoffload.sampling.Sampler;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.sampling.TokenRandom;
import io.specoffload.speculative.Drafter;
import io.specoffload.speculative.ModelDrafter;
import io.specoffload.testing.FakeExecutor;
import io.specoffload.testing.FakeTokenizer;
import io.specoffload.testing.VirtualMachine;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A pipeline over fake models, and what its sequences say. */
final class PipelineFixture implements AutoCloseable {

    static final int VOCABULARY = 12;

    /** Less than some prompts have, and than some rounds draft for. */
    private static final int DRAFT_ROWS = 5;

    /** The same where time counts: as many as the engine's passes have. */
    private static final int TIMED_DRAFT_ROWS = 32;

    final FakeTokenizer tokenizer = new FakeTokenizer(VOCABULARY);
    final FakeExecutor target;
    final @Nullable FakeExecutor draft;
    final DualBatchPipeline pipeline;

    PipelineFixture(FakeExecutor target, @Nullable FakeExecutor draft, PipelineSettings settings) {
        this.target = target;
        this.draft = draft;
        Drafter drafter = draft == null ? null : new ModelDrafter(draft, VOCABULARY, DRAFT_ROWS);
        this.pipeline = new DualBatchPipeline(target, drafter, settings);
    }

    /** A pipeline on a machine whose time is computed. */
    PipelineFixture(
            FakeExecutor target, @Nullable FakeExecutor draft, PipelineSettings settings, VirtualMachine machine) {
        this(target, draft, settings, machine, null);
    }

    /** The same with a forecast of its rounds. */
    PipelineFixture(
            FakeExecutor target,
            @Nullable FakeExecutor draft,
            PipelineSettings settings,
            VirtualMachine machine,
            @Nullable RoundForecast forecast) {
        this.target = target;
        this.draft = draft;
        Drafter drafter = draft == null ? null : new ModelDrafter(machine.draft(draft), VOCABULARY, TIMED_DRAFT_ROWS);
        this.pipeline = new DualBatchPipeline(
                machine.target(target),
                drafter,
                settings,
                new PipelineResources(
                        machine::nanos,
                        machine::draftLane,
                        machine,
                        new ComputeGate(),
                        machine.sharedCompute(),
                        forecast));
    }

    static FakeExecutor target() {
        return new FakeExecutor(VOCABULARY, FakeExecutor.hashed(7, 8));
    }

    /** A draft model that says what the target says but for one prefix in three. */
    static FakeExecutor draft() {
        return new FakeExecutor(VOCABULARY, FakeExecutor.disagreeing(FakeExecutor.hashed(7, 8), 99, 3));
    }

    SequenceSpec spec(int[] prompt, SamplingParameters sampling, int maxTokens) {
        return new SequenceSpec(
                prompt, sampler(sampling, prompt), maxTokens, List.of(), false, true, false, SequenceSpec.NO_DEADLINE);
    }

    static Sampler sampler(SamplingParameters sampling, int[] prompt) {
        Long seed = sampling.seed();
        return new Sampler(sampling, VOCABULARY, prompt, null, new TokenRandom(seed == null ? 4711 : seed));
    }

    Recorder submit(SequenceSpec spec) {
        Recorder recorder = new Recorder();
        recorder.sequence = new Sequence(spec, tokenizer, recorder);
        if (!pipeline.submit(recorder.sequence)) {
            throw new IllegalStateException("the queue is full");
        }
        return recorder;
    }

    Recorder submit(int[] prompt, SamplingParameters sampling, int maxTokens) {
        return submit(spec(prompt, sampling, maxTokens));
    }

    int pagesInUse() {
        return target.kvCache().pagesInUse()
                + (draft == null ? 0 : draft.kvCache().pagesInUse());
    }

    @Override
    public void close() {
        pipeline.close();
        target.close();
        if (draft != null) {
            draft.close();
        }
    }

    /** What one sequence said. */
    static final class Recorder implements SequenceListener {
        final List<String> texts = new ArrayList<>();
        final CompletableFuture<SequenceResult> end = new CompletableFuture<>();
        Sequence sequence;

        @Override
        public void onText(String text) {
            if (end.isDone()) {
                throw new IllegalStateException("text after the end");
            }
            texts.add(text);
        }

        @Override
        public void onFinished(SequenceResult result) {
            if (!end.complete(result)) {
                throw new IllegalStateException("a second end");
            }
        }

        @Override
        public void onFailed(Throwable failure) {
            end.completeExceptionally(failure);
        }

        SequenceResult await() {
            try {
                return end.get(30, TimeUnit.SECONDS);
            } catch (InterruptedException | TimeoutException e) {
                throw new IllegalStateException("the sequence did not end", e);
            } catch (ExecutionException e) {
                throw new FailedSequence(e.getCause());
            }
        }

        String text() {
            await();
            return String.join("", texts);
        }
    }

    static final class FailedSequence extends RuntimeException {
        private static final long serialVersionUID = 1L;

        FailedSequence(Throwable cause) {
            super(cause);
        }
    }
}
