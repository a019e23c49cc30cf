package io.specoffload.engine;

import io.specoffload.hardware.HardwareProfile;
import io.specoffload.pipeline.PipelineSnapshot;
import io.specoffload.telemetry.RoutingStatistics;
import io.specoffload.telemetry.StreamMonitor;
import java.util.Optional;

/**
 * What applications use: submit requests, hear of tokens. Thread-safe; many callers at once share the model's rounds.
 * {@code SpecOffloadEngine} is the implementation.
 */
public interface InferenceEngine extends AutoCloseable {

    /**
     * Queues a request and returns at once.
     *
     * @throws EngineOverloadedException if the queue is full
     * @throws ContextLengthExceededException if the prompt is longer than the context
     * @throws IllegalArgumentException if the request is otherwise impossible; also when a chat template refuses it
     * @throws EngineClosedException after {@link #close()}
     */
    Generation submit(GenerationRequest request, GenerationListener listener);

    /** Submits and waits. Interrupting the caller cancels the generation. Throws as {@link #submit}. */
    GenerationResult generate(GenerationRequest request);

    /** The models, their memory and how they run. */
    EngineInfo info();

    /** Live counters. */
    EngineStatistics statistics();

    /** What was planned before the models were loaded; none where everything runs as it is configured. */
    default Optional<EnginePlan> plan() {
        return Optional.empty();
    }

    /**
     * Plans anew, for the machine as it is known now and the acceptance that was measured. Candidates and groups follow
     * measured costs anyway; what else the new plan would change takes effect when an engine is opened with it.
     *
     * @throws MemoryBudgetException if the models would not fit the memory budget
     */
    default Optional<EnginePlan> replan(HardwareProfile hardware) {
        return Optional.empty();
    }

    /** Live figures of the target's weights as they stream; none where all of them are in memory. */
    default Optional<StreamMonitor> streaming() {
        return Optional.empty();
    }

    /** How the latest rounds went; {@link PipelineSnapshot#INITIAL} for an engine without rounds. */
    default PipelineSnapshot pipeline() {
        return PipelineSnapshot.INITIAL;
    }

    /** How many experts the target's passes touch; none for a dense model. */
    default Optional<RoutingStatistics> routing() {
        return Optional.empty();
    }

    /** Cancels everything that is queued or running. */
    void cancelAll();

    /** Cancels everything, ends the engine's threads and frees its memory. Idempotent. */
    @Override
    void close();
}
