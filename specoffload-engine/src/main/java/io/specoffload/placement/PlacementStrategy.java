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
 * routers). Then, as far as the budget reaches: the output head, or its first rows; of every layer a fixed part, so that
 * the layers stream equally much; last the embedding, of which a pass reads only a few rows. Where there are experts, the
 * embedding does not stay: as many experts are cached as there is memory left for.
 *
 * <p>Of all ways to divide that fit, the one that streams least is taken: so a larger budget never streams more.
 */
public final class PlacementStrategy {

    /** The output head streams in pieces of the size of a layer, but no smaller than this. */
    private static final long HEAD_PIECE = 16L << 20;

    /** Ways to divide the output head. */
    private static final int HEAD_STEPS = 1024;

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

    /** A way to divide: so many rows of the head stay, a share of the layers, and the embedding or not. */
    private record State(long headRows, Share share, boolean embeddingStays) {}

    /**
     * What to place.
     *
     * @param tensors all of the model
     * @param stagingLayers staging buffers, at least 2
     * @param rowReaderBytes memory needed if the embedding is read row by row
     * @param experts number of all experts of all layers
     * @param expertBytes memory of one expert
     */
    public record Request(
            List<PlacedTensor> tensors, int stagingLayers, long rowReaderBytes, int experts, long expertBytes) {
        public Request {
            tensors = List.copyOf(tensors);
        }
    }

    /**
     * Where everything goes.
     *
     * @param placement of every tensor
     * @param residentBytes of tensors that stay
     * @param stagingLayers number of staging buffers
     * @param stagingBytes size of one; 0 if nothing streams but experts
     * @param expertSlots experts that are cached
     * @param rowReaderBytes for reading the embedding by rows; 0 if it stays
     * @param expertBytes memory of one expert
     * @param streamedBytes memory that one sweep over everything passes through staging buffers and expert slots
     */
    public record Outcome(
            Placement placement,
            long residentBytes,
            int stagingLayers,
            long stagingBytes,
            int expertSlots,
            long rowReaderBytes,
            long expertBytes,
            long streamedBytes) {

        /** All memory. */
        public long totalBytes() {
            return residentBytes + stagingLayers * stagingBytes + expertSlots * expertBytes + rowReaderBytes;
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
        layers = new LayerShares(divided);
        enumerate();
    }

    private static boolean always(PlacedTensor tensor) {
        return ALWAYS.contains(tensor.role()) || tensor.rows() == 1;
    }

    /** Every state, each with more in memory than the one before it. */
    private void enumerate() {
        List<Share> shares = layers.all();
        long headRows = head == null ? 0 : head.rows();
        if (head != null) {
            long step = head.split() == null ? headRows : head.split().step();
            step *= Math.ceilDiv(headRows, step * HEAD_STEPS);
            for (long rows = 0; rows < headRows; rows += step) {
                states.add(new State(rows, shares.getFirst(), false));
            }
        }
        for (Share share : shares) {
            states.add(new State(headRows, share, false));
        }
        // an expert in memory saves more reading than the embedding, of which a pass reads a few rows
        if (!tied && embedding != null && request.experts() == 0) {
            states.add(new State(headRows, shares.getLast(), true));
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
                request.stagingLayers(),
                stagingBytes(state),
                slots,
                readerBytes(state),
                request.expertBytes(),
                streamedBytes(state) + (request.experts() - slots) * request.expertBytes());
    }

    private Placement placement(State state) {
        Map<String, Long> staying = layers.rows(state.share());
        if (embedding != null) {
            staying.put(embedding.name(), state.embeddingStays() ? embedding.rows() : 0);
        }
        if (head != null) {
            staying.put(head.name(), state.headRows());
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
                + request.stagingLayers() * stagingBytes(state)
                + Math.min(request.experts(), MINIMUM_EXPERTS) * request.expertBytes()
                + readerBytes(state);
    }

    private long residentBytes(State state) {
        return alwaysBytes
                + (head == null ? 0 : head.residentBytes(state.headRows()))
                + state.share().residentBytes()
                + (state.embeddingStays() && embedding != null ? embedding.residentBytes() : 0);
    }

    /** What one sweep passes through staging buffers. */
    private long streamedBytes(State state) {
        return state.share().streamedBytes() + (head == null ? 0 : head.stagedBytes(state.headRows()));
    }

    private long stagingBytes(State state) {
        long largest = state.share().largestBytes();
        long output = head == null ? 0 : head.stagedBytes(state.headRows());
        return Math.max(largest, Math.min(output, Math.max(largest, HEAD_PIECE)));
    }

    /** For reading the embedding by rows, where not all of it stays. */
    private long readerBytes(State state) {
        if (embedding == null) {
            return 0;
        }
        boolean stays = tied ? state.headRows() == embedding.rows() : state.embeddingStays();
        return stays ? 0 : request.rowReaderBytes();
    }
}
