package io.specoffload.placement;

import io.specoffload.placement.LayerShares.Share;
import io.specoffload.placement.Placement.Range;
import io.specoffload.tensor.TensorRole;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Decides what stays in memory when not everything fits. What every pass needs and is small always stays (norms, biases,
 * routers). Then, as far as the budget reaches: of every layer and the output head the same share, so that the stream
 * never rests for long while what stays is computed; last the embedding, of which a pass reads only a few rows. Where
 * there are experts, the embedding does not stay: as many experts are cached as there is memory left for.
 *
 * <p>Of all ways to divide that fit, the one that streams least is taken: so a larger budget never streams more.
 */
public final class PlacementStrategy {

    /** Experts that must be in memory at once: one computes, the next one is read. */
    public static final int MINIMUM_EXPERTS = 2;

    private static final Set<TensorRole> ALWAYS =
            EnumSet.of(TensorRole.NORM, TensorRole.ROUTER, TensorRole.ROPE_FACTORS, TensorRole.OTHER);

    private final Request request;
    private final long alwaysBytes;
    private final @Nullable PlacedTensor embedding;
    private final @Nullable PlacedTensor head;
    private final boolean tied;
    private final LayerShares layers;
    private final List<State> states = new ArrayList<>();

    /** A way to divide: a share of the layers and the head, and the embedding or not. */
    private record State(Share share, boolean embeddingStays) {}

    /**
     * What to place.
     *
     * @param tensors all of the model
     * @param staging buffers through which matrices stream
     * @param rowReaderBytes memory needed if the embedding is read row by row
     * @param experts number of all experts of all layers
     * @param expertBytes memory of one expert
     */
    public record Request(
            List<PlacedTensor> tensors, Staging staging, long rowReaderBytes, int experts, long expertBytes) {
        public Request {
            tensors = List.copyOf(tensors);
        }
    }

    /**
     * Where everything goes.
     *
     * @param placement of every tensor
     * @param residentBytes of tensors that stay
     * @param stagingUnits number of staging buffers; 0 if nothing streams but experts
     * @param unitBytes size of one
     * @param expertSlots experts that are cached
     * @param rowReaderBytes for reading the embedding by rows; 0 if it stays
     * @param expertBytes memory of one expert
     * @param streamedBytes memory that one sweep over everything passes through staging buffers and expert slots
     */
    public record Outcome(
            Placement placement,
            long residentBytes,
            int stagingUnits,
            long unitBytes,
            int expertSlots,
            long rowReaderBytes,
            long expertBytes,
            long streamedBytes) {

        /** Memory of all staging buffers. */
        public long stagingBytes() {
            return stagingUnits * unitBytes;
        }

        /** All memory. */
        public long totalBytes() {
            return residentBytes + stagingBytes() + expertSlots * expertBytes + rowReaderBytes;
        }
    }

    public PlacementStrategy(Request request) {
        this.request = request;
        List<PlacedTensor> divided = new ArrayList<>();
        PlacedTensor table = null;
        PlacedTensor output = null;
        long small = 0;
        for (PlacedTensor tensor : request.tensors()) {
            if (always(tensor)) {
                small += tensor.residentBytes();
            } else if (tensor.role() == TensorRole.OUTPUT_HEAD) {
                output = tensor;
            } else if (tensor.role() == TensorRole.TOKEN_EMBEDDING) {
                table = tensor;
            } else if (tensor.role() != TensorRole.EXPERTS) {
                divided.add(tensor);
            }
        }
        alwaysBytes = small;
        embedding = table;
        // without a head of its own, the embedding is the head
        tied = output == null;
        head = tied ? table : output;
        if (head != null) {
            divided.add(head);
        }
        layers = new LayerShares(divided);
        enumerate();
    }

    private static boolean always(PlacedTensor tensor) {
        return ALWAYS.contains(tensor.role()) || tensor.rows() == 1;
    }

    /** Every state, each with more in memory than the one before it. */
    private void enumerate() {
        List<Share> shares = layers.all();
        for (Share share : shares) {
            states.add(new State(share, false));
        }
        // an expert in memory saves more reading than the embedding, of which a pass reads a few rows
        if (!tied && embedding != null && request.experts() == 0) {
            states.add(new State(shares.getLast(), true));
        }
    }

    /** The least memory with which the model can run. */
    public long minimumBytes() {
        // not always that of the fewest residents: one that stays can make every staging buffer smaller
        return states.stream().mapToLong(this::totalBytes).min().orElseThrow();
    }

    /** The best placement within so many bytes, or none if that is too little. */
    public Optional<Outcome> place(long budget) {
        State best = null;
        long least = Long.MAX_VALUE;
        for (State state : states) {
            long streams = streamedBytes(state) + readerBytes(state);
            if (streams < least && totalBytes(state) <= budget) {
                best = state;
                least = streams;
            }
        }
        if (best == null) {
            return Optional.empty();
        }
        int slots = Math.min(request.experts(), MINIMUM_EXPERTS);
        if (request.experts() > 0) {
            long more = (budget - totalBytes(best)) / Math.max(1, request.expertBytes());
            slots = (int) Math.min(request.experts(), MINIMUM_EXPERTS + more);
        }
        return Optional.of(outcome(best, slots));
    }

    private Outcome outcome(State state, int slots) {
        return new Outcome(
                placement(state),
                residentBytes(state),
                streams(state) ? request.staging().units() : 0,
                streams(state) ? request.staging().unitBytes() : 0,
                slots,
                readerBytes(state),
                request.expertBytes(),
                streamedBytes(state) + (request.experts() - slots) * request.expertBytes());
    }

    private Placement placement(State state) {
        Map<String, Long> staying = layers.rows(state.share());
        if (embedding != null && !tied) {
            staying.put(embedding.name(), state.embeddingStays() ? embedding.rows() : 0);
        }
        Map<String, List<Range>> ranges = new LinkedHashMap<>();
        for (PlacedTensor tensor : request.tensors()) {
            long rows = always(tensor) ? tensor.rows() : staying.getOrDefault(tensor.name(), 0L);
            List<Range> own = new ArrayList<>();
            if (rows > 0) {
                own.add(new Range(0, rows, Tier.HOST));
            }
            if (rows < tensor.rows()) {
                own.add(new Range(rows, tensor.rows(), Tier.DISK));
            }
            ranges.put(tensor.name(), own);
        }
        return new Placement(ranges);
    }

    private long totalBytes(State state) {
        return residentBytes(state)
                + (streams(state) ? request.staging().bytes() : 0)
                + Math.min(request.experts(), MINIMUM_EXPERTS) * request.expertBytes()
                + readerBytes(state);
    }

    private long residentBytes(State state) {
        return alwaysBytes
                + state.share().residentBytes()
                + (state.embeddingStays() && embedding != null ? embedding.residentBytes() : 0);
    }

    /** What one sweep passes through staging buffers. */
    private static long streamedBytes(State state) {
        return state.share().streamedBytes();
    }

    private static boolean streams(State state) {
        return streamedBytes(state) > 0;
    }

    /** For reading the embedding by rows, where not all of it stays. */
    private long readerBytes(State state) {
        if (embedding == null) {
            return 0;
        }
        boolean stays = tied ? !streams(state) : state.embeddingStays();
        return stays ? 0 : request.rowReaderBytes();
    }
}
