package io.specoffload.store;

import io.specoffload.format.Metadata;
import io.specoffload.format.ModelFile;
import io.specoffload.format.TensorIndex;
import io.specoffload.placement.Placement;
import io.specoffload.placement.Tier;
import io.specoffload.telemetry.StreamCounters;
import io.specoffload.telemetry.Timeline;
import io.specoffload.tensor.Tensor;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The weights of a model that does not lie in memory as a whole: those that stay, those that stream layer by layer,
 * experts that come and go, and the embedding read row by row. Owns the memory, the reading threads and the open files.
 * Close it after the last use of any weight.
 */
public final class TensorStore implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(TensorStore.class);
    private static final int TIMELINE_SPANS = 4096;

    private final TensorIndex index;
    private final StreamPlan plan;
    private final long pieceBytes;
    private final int readers;
    private final BlockReader reader;
    private final ReadQueue reads;
    private final StreamCounters counters;
    private final Timeline timeline;
    private final List<AutoCloseable> memory = new ArrayList<>();
    private final ResidentTensors resident;
    private final @Nullable WeightStream stream;
    private final @Nullable ExpertCache experts;
    private final @Nullable EmbeddingReader embedding;
    private boolean closed;

    /** What carries out the reads of a store; called once. */
    @FunctionalInterface
    public interface ReadQueueFactory {
        ReadQueue create(PieceReader reader);
    }

    private TensorStore(
            TensorIndex index,
            Placement placement,
            StoreSettings settings,
            BlockReader reader,
            ReadQueueFactory queues) {
        this.index = index;
        this.reader = reader;
        this.counters = new StreamCounters();
        this.timeline = new Timeline(TIMELINE_SPANS);
        this.reads = queues.create(new PieceReader(reader, new ReadRate(settings.readRate()), counters, timeline));
        int alignment = reader.alignment();
        this.readers = settings.readers();
        this.pieceBytes = roundUp(settings.pieceBytes(), alignment);
        boolean complete = false;
        try {
            plan = new StreamPlan(index, placement, settings.unitBytes(), alignment);
            resident = own(ResidentTensors.load(plan.tensors(Tier.HOST), reads, pieceBytes, alignment));
            stream = plan.units().isEmpty() ? null : stream(settings);
            experts = plan.experts().isEmpty() ? null : experts(settings);
            embedding = placement.isAllIn(Tier.HOST, StreamPlan.EMBEDDING)
                    ? null
                    : own(new EmbeddingReader(
                            index.entry(StreamPlan.EMBEDDING).orElseThrow(),
                            settings.embeddingRows(),
                            alignment,
                            reads,
                            counters));
            complete = true;
        } finally {
            if (!complete) {
                close();
            }
        }
    }

    /**
     * Reads what stays and starts to read what streams.
     *
     * @param reader the checkpoint's files; closed with the store, and if opening fails
     * @throws WeightReadException if something cannot be read
     */
    public static TensorStore open(TensorIndex index, Placement placement, StoreSettings settings, BlockReader reader) {
        return open(index, placement, settings, reader, pieces -> new ReadThreads(settings.readers(), pieces));
    }

    /** As above; {@code queues} says who reads. */
    public static TensorStore open(
            TensorIndex index,
            Placement placement,
            StoreSettings settings,
            BlockReader reader,
            ReadQueueFactory queues) {
        return new TensorStore(index, placement, settings, reader, queues);
    }

    private WeightStream stream(StoreSettings settings) {
        StagingBuffer staging =
                own(new StagingBuffer(settings.stagingUnits(), roundUp(settings.unitBytes(), reader.alignment())));
        lock(staging);
        return new WeightStream(plan.units(), staging, reads, pieceBytes, counters, timeline);
    }

    private ExpertCache experts(StoreSettings settings) {
        long bytes = plan.experts().stream().mapToLong(StreamUnit::bytes).max().orElse(0);
        StagingBuffer slots = own(new StagingBuffer(settings.expertSlots(), bytes));
        int ahead = ExpertCache.ahead(slots.bytes());
        return new ExpertCache(
                plan.experts(), plan.expertsPerLayer(), slots, reads, pieceBytes, counters, timeline, ahead);
    }

    private void lock(StagingBuffer staging) {
        boolean stays = resident.lock();
        boolean passes = staging.lock();
        if (!stays || !passes) {
            log.info(
                    "Weights in memory are not locked: the limit for locked memory is too low (ulimit -l); they may be swapped out");
        }
    }

    private static long roundUp(long bytes, int alignment) {
        return (Math.max(bytes, 1) + alignment - 1) & -alignment;
    }

    private <T extends AutoCloseable> T own(T part) {
        memory.add(part);
        return part;
    }

    public TensorIndex index() {
        return index;
    }

    /** What streams in which order. */
    public StreamPlan plan() {
        return plan;
    }

    /** A tensor that stays in memory, or the first rows of one whose others stream. */
    public Optional<Tensor> resident(String name) {
        return resident.tensor(name);
    }

    /** The tensors that stay in memory, as a file of their own; closing it does nothing. */
    public ModelFile residentFile() {
        return new ResidentFile(this);
    }

    private record ResidentFile(TensorStore store) implements ModelFile {

        @Override
        public Metadata metadata() {
            return store.index.metadata();
        }

        @Override
        public Collection<Tensor> tensors() {
            return store.resident.tensors();
        }

        @Override
        public Optional<Tensor> tensor(String name) {
            return store.resident(name);
        }

        @Override
        public String name() {
            return store.reader.name();
        }

        @Override
        public void close() {
            // the store owns the tensors
        }
    }

    /** The stream, or null if nothing streams layer by layer. */
    public @Nullable WeightStream stream() {
        return stream;
    }

    /** Experts, or null for a dense model. */
    public @Nullable ExpertCache experts() {
        return experts;
    }

    /** Reads rows of the embedding; null if it stays in memory. */
    public @Nullable EmbeddingReader embedding() {
        return embedding;
    }

    public StreamCounters counters() {
        return counters;
    }

    public Timeline timeline() {
        return timeline;
    }

    /** Reads nothing ahead until told to resume: what is being read arrives, what is queued waits. Idempotent. */
    public void pauseReading() {
        reads.pause();
    }

    /** Takes up reading ahead again. Idempotent. */
    public void resumeReading() {
        reads.resume();
    }

    /**
     * Makes sure that all bytes read so far are of the files that were opened.
     *
     * @throws WeightReadException if a file changed
     */
    public void requireUnchanged() {
        try {
            reader.requireUnchanged();
        } catch (IOException e) {
            throw new WeightReadException(String.valueOf(e.getMessage()), e);
        }
    }

    /**
     * Reads streamed tensors in turn with as many reads in flight, as fast as the disk gives them, whatever the rate
     * limit.
     *
     * @return bytes per second
     */
    public double measureDirectReads() {
        PieceReader unlimited = new PieceReader(reader, new ReadRate(0), new StreamCounters(), new Timeline(1));
        try (ReadThreads threads = new ReadThreads(readers, unlimited)) {
            return DirectReadProbe.measure(plan.tensors(Tier.DISK), threads, pieceBytes, reader.alignment());
        }
    }

    /** Stops reading, waits for reads in flight, frees the memory, closes the files. Idempotent. */
    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (stream != null) {
            stream.close();
        }
        if (experts != null) {
            experts.close();
        }
        reads.close();
        for (AutoCloseable part : memory.reversed()) {
            try {
                part.close();
            } catch (Exception e) {
                log.warn("Memory was not freed cleanly", e);
            }
        }
        reader.close();
    }
}
