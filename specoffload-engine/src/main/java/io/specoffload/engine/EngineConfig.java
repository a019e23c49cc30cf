package io.specoffload.engine;

import io.specoffload.tensor.DType;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * How an engine is built.
 *
 * @param targetModel GGUF file of the target model (the first part of a split one)
 * @param draftModel GGUF file of the draft model, or null
 * @param contextLength positions per sequence; null for the model's own length, at most 4096
 * @param slots sequences that run at once, at least 1
 * @param queueCapacity requests that may wait, at least 0
 * @param threads compute threads; 0 for the machine's number of cores
 * @param candidates most candidates drafted per sequence and round; 0 for no speculation
 * @param adaptiveCandidates whether fewer candidates, or none, are drafted where that promises more tokens per second
 * @param groups groups of slots in rotation
 * @param serial for comparisons: one group, and nothing overlaps drafting
 * @param promptLookup draft by prompt lookup where there is no draft model
 * @param prefillChunk prompt rows per round over all sequences, at least 1
 * @param kvType element type of the KV caches
 * @param kernels which kernels compute
 * @param offload what happens when the models do not fit into memory
 * @param warmUp longest time that a new engine computes for itself before it takes requests, so that the JVM has compiled
 *     the kernels by then; zero for none
 * @param planning what a planner may choose instead
 */
public record EngineConfig(
        Path targetModel,
        @Nullable Path draftModel,
        @Nullable Integer contextLength,
        int slots,
        int queueCapacity,
        int threads,
        int candidates,
        boolean adaptiveCandidates,
        Groups groups,
        boolean serial,
        boolean promptLookup,
        int prefillChunk,
        KvType kvType,
        KernelChoice kernels,
        OffloadSettings offload,
        Duration warmUp,
        Planning planning) {

    /** Number of groups of slots in rotation. */
    public enum Groups {
        /** Chosen by measured costs. */
        AUTO,
        /** Every sweep verifies all sequences; drafting lies between sweeps, under prefetch where weights stream. */
        ONE,
        /** One group is verified while the draft model proposes for the other. */
        TWO
    }

    /** Element types of a KV cache. */
    public enum KvType {
        F32(DType.F32),
        F16(DType.F16),
        /** 8 bits per element and a float16 scale per 32 elements of a head's row. */
        Q8_0(DType.Q8_0);

        private final DType type;

        KvType(DType type) {
            this.type = type;
        }

        DType elementType() {
            return type;
        }
    }

    /** Which kernels compute. */
    public enum KernelChoice {
        /** The Vector API where the JVM has it, with machine code for matrix products where the processor allows it, else scalar with one warning. */
        AUTO,
        SCALAR,
        /** The Vector API alone. */
        VECTOR
    }

    public EngineConfig {
        require(contextLength == null || contextLength >= 1, "contextLength", contextLength, "at least 1");
        require(slots >= 1, "slots", slots, "at least 1");
        require(queueCapacity >= 0, "queueCapacity", queueCapacity, "0 or more");
        require(threads >= 0, "threads", threads, "0 or more");
        require(candidates >= 0 && candidates <= 64, "candidates", candidates, "between 0 and 64");
        require(prefillChunk >= 1, "prefillChunk", prefillChunk, "at least 1");
        require(!warmUp.isNegative(), "warmUp", warmUp, "0 or more");
    }

    private static void require(boolean condition, String name, @Nullable Object value, String expected) {
        if (!condition) {
            throw new IllegalArgumentException(name + " is " + value + ", but must be " + expected);
        }
    }

    public static Builder builder(Path targetModel) {
        return new Builder(targetModel);
    }

    /** A builder that starts from these values. */
    public Builder toBuilder() {
        return new Builder(this);
    }

    /** Starts from the defaults: 4 slots, 64 waiting, 4 candidates, f16 KV cache, every core, no warm-up. */
    public static final class Builder {
        private final Path targetModel;
        private @Nullable Path draftModel;
        private @Nullable Integer contextLength;
        private int slots = 4;
        private int queueCapacity = 64;
        private int threads;
        private int candidates = 4;
        private boolean adaptiveCandidates = true;
        private Groups groups = Groups.AUTO;
        private boolean serial;
        private boolean promptLookup;
        private int prefillChunk = 128;
        private KvType kvType = KvType.F16;
        private KernelChoice kernels = KernelChoice.AUTO;
        private OffloadSettings offload = OffloadSettings.DEFAULT;
        private Duration warmUp = Duration.ZERO;
        private Planning planning = Planning.NONE;

        private Builder(Path targetModel) {
            this.targetModel = targetModel;
        }

        private Builder(EngineConfig from) {
            targetModel = from.targetModel;
            draftModel = from.draftModel;
            contextLength = from.contextLength;
            slots = from.slots;
            queueCapacity = from.queueCapacity;
            threads = from.threads;
            candidates = from.candidates;
            adaptiveCandidates = from.adaptiveCandidates;
            groups = from.groups;
            serial = from.serial;
            promptLookup = from.promptLookup;
            prefillChunk = from.prefillChunk;
            kvType = from.kvType;
            kernels = from.kernels;
            offload = from.offload;
            warmUp = from.warmUp;
            planning = from.planning;
        }

        public Builder draftModel(@Nullable Path value) {
            draftModel = value;
            return this;
        }

        public Builder contextLength(@Nullable Integer value) {
            contextLength = value;
            return this;
        }

        public Builder slots(int value) {
            slots = value;
            return this;
        }

        public Builder queueCapacity(int value) {
            queueCapacity = value;
            return this;
        }

        public Builder threads(int value) {
            threads = value;
            return this;
        }

        public Builder candidates(int value) {
            candidates = value;
            return this;
        }

        public Builder adaptiveCandidates(boolean value) {
            adaptiveCandidates = value;
            return this;
        }

        public Builder groups(Groups value) {
            groups = value;
            return this;
        }

        public Builder serial(boolean value) {
            serial = value;
            return this;
        }

        public Builder promptLookup(boolean value) {
            promptLookup = value;
            return this;
        }

        public Builder prefillChunk(int value) {
            prefillChunk = value;
            return this;
        }

        public Builder kvType(KvType value) {
            kvType = value;
            return this;
        }

        public Builder kernels(KernelChoice value) {
            kernels = value;
            return this;
        }

        /** Bytes that models, caches and buffers may take together; null for what there is. */
        public Builder memoryBudget(@Nullable Long value) {
            offload = offload.withMemoryBudget(value);
            return this;
        }

        /** Memory that streamed weights pass through at most; 0 to choose by the plan and the budget. */
        public Builder stagingBytes(long value) {
            offload = offload.withStagingBytes(value);
            return this;
        }

        /** The same in layers, of each what streams; 0 for {@link #stagingBytes}. */
        public Builder stagingLayers(int value) {
            offload = offload.withStagingLayers(value);
            return this;
        }

        /** Bytes per second to read from disk at most; 0 for no limit. */
        public Builder readRate(long value) {
            offload = offload.withReadRate(value);
            return this;
        }

        public Builder warmUp(Duration value) {
            warmUp = value;
            return this;
        }

        /** Values that a planner may choose, and what it plans for. */
        public Builder planning(Planning value) {
            planning = value;
            return this;
        }

        public EngineConfig build() {
            return new EngineConfig(
                    targetModel,
                    draftModel,
                    contextLength,
                    slots,
                    queueCapacity,
                    threads,
                    candidates,
                    adaptiveCandidates,
                    groups,
                    serial,
                    promptLookup,
                    prefillChunk,
                    kvType,
                    kernels,
                    offload,
                    warmUp,
                    planning);
        }
    }
}
