package io.specoffload.placement;

import io.specoffload.tensor.TensorRole;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Decides what stays in memory when not everything fits. What every pass needs and is small always stays (norms, biases,
 * routers). Then, as far as the budget reaches: the output head; of every layer a part, kind of tensor by kind of
 * tensor, so that the layers stream about equally much; last the embedding, of which a pass reads only a few rows. Where
 * there are experts, the embedding does not stay: as many experts are cached as there is memory left for.
 *
 * <p>Tensors stay in one fixed order, and the first one that does not fit ends it: so a larger budget never streams
 * more.
 */
public final class PlacementStrategy {

    /** The output head streams in pieces of the size of a layer, but no smaller than this. */
    private static final long HEAD_PIECE = 16L << 20;

    /** Experts that must be in memory at once: one computes, the next one is read. */
    public static final int MINIMUM_EXPERTS = 2;

    private static final Set<TensorRole> ALWAYS =
            EnumSet.of(TensorRole.NORM, TensorRole.ROUTER, TensorRole.ROPE_FACTORS, TensorRole.OTHER);

    private final Request request;
    private final List<PlacedTensor> always = new ArrayList<>();
    private final List<PlacedTensor> candidates = new ArrayList<>();

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
        List<PlacedTensor> layers = new ArrayList<>();
        PlacedTensor embedding = null;
        for (PlacedTensor tensor : request.tensors()) {
            if (ALWAYS.contains(tensor.role()) || tensor.rows() == 1) {
                always.add(tensor);
            } else if (tensor.role() == TensorRole.OUTPUT_HEAD) {
                candidates.add(tensor);
            } else if (tensor.role() == TensorRole.TOKEN_EMBEDDING) {
                embedding = tensor;
            } else if (tensor.role() != TensorRole.EXPERTS) {
                layers.add(tensor);
            }
        }
        // without a head of its own, the embedding is the head
        boolean tied = candidates.isEmpty();
        if (tied && embedding != null) {
            candidates.add(embedding);
        }
        candidates.addAll(evenly(layers));
        // an expert in memory saves more reading than the embedding, of which a pass reads a few rows
        if (!tied && embedding != null && request.experts() == 0) {
            candidates.add(embedding);
        }
    }

    /** Kind by kind; within a kind, every prefix is spread over all layers. */
    private static List<PlacedTensor> evenly(List<PlacedTensor> layers) {
        Map<String, List<PlacedTensor>> kinds = new LinkedHashMap<>();
        for (PlacedTensor tensor : layers) {
            kinds.computeIfAbsent(kind(tensor), name -> new ArrayList<>()).add(tensor);
        }
        List<List<PlacedTensor>> sorted = new ArrayList<>(kinds.values());
        sorted.sort(Comparator.<List<PlacedTensor>>comparingInt(
                        kind -> kind.getFirst().role().ordinal())
                .thenComparingLong(kind -> kind.getFirst().residentBytes())
                .thenComparing(kind -> kind(kind.getFirst())));
        List<PlacedTensor> order = new ArrayList<>();
        for (List<PlacedTensor> kind : sorted) {
            kind.stream()
                    .sorted(Comparator.comparingInt((PlacedTensor tensor) -> Integer.reverse(tensor.layer()))
                            .thenComparing(PlacedTensor::name))
                    .forEach(order::add);
        }
        return order;
    }

    private static String kind(PlacedTensor tensor) {
        return tensor.name().replaceFirst("^blk\\.\\d+\\.", "");
    }

    /** The least memory with which the model can run. */
    public long minimumBytes() {
        // not always that of the fewest residents: one that stays can make every staging buffer smaller
        return IntStream.rangeClosed(0, candidates.size())
                .mapToLong(stay -> outcome(stay).totalBytes())
                .min()
                .orElseThrow();
    }

    /** The best placement within so many bytes, or none if that is too little. */
    public Optional<Outcome> place(long budget) {
        int best = -1;
        for (int stay = 0; stay <= candidates.size(); stay++) {
            if (outcome(stay).totalBytes() <= budget) {
                best = stay;
            }
        }
        if (best < 0) {
            return Optional.empty();
        }
        Outcome outcome = outcome(best);
        if (request.experts() == 0) {
            return Optional.of(outcome);
        }
        long more = (budget - outcome.totalBytes()) / Math.max(1, request.expertBytes());
        return Optional.of(withExperts(outcome, (int) Math.min(request.experts(), MINIMUM_EXPERTS + more)));
    }

    private Outcome withExperts(Outcome outcome, int slots) {
        return new Outcome(
                outcome.placement(),
                outcome.residentBytes(),
                outcome.stagingLayers(),
                outcome.stagingBytes(),
                slots,
                outcome.rowReaderBytes(),
                outcome.expertBytes(),
                outcome.streamedBytes() - (slots - outcome.expertSlots()) * outcome.expertBytes());
    }

    /** With the first {@code stay} candidates in memory. */
    private Outcome outcome(int stay) {
        Map<String, Tier> tiers = new LinkedHashMap<>();
        Map<String, Long> rows = new LinkedHashMap<>();
        Map<Integer, Long> perLayer = new LinkedHashMap<>();
        long resident = 0;
        long head = 0;
        for (PlacedTensor tensor : request.tensors()) {
            tiers.put(tensor.name(), Tier.DISK);
            rows.put(tensor.name(), tensor.rows());
        }
        List<PlacedTensor> staying = new ArrayList<>(always);
        staying.addAll(candidates.subList(0, stay));
        for (PlacedTensor tensor : staying) {
            tiers.put(tensor.name(), Tier.HOST);
            resident += tensor.residentBytes();
        }
        boolean tied = request.tensors().stream().noneMatch(tensor -> tensor.role() == TensorRole.OUTPUT_HEAD);
        boolean byRows = request.tensors().stream()
                .anyMatch(
                        tensor -> tensor.role() == TensorRole.TOKEN_EMBEDDING && tiers.get(tensor.name()) == Tier.DISK);
        long readerBytes = byRows ? request.rowReaderBytes() : 0;
        for (PlacedTensor tensor : candidates.subList(stay, candidates.size())) {
            boolean embedding = tensor.role() == TensorRole.TOKEN_EMBEDDING;
            if (tensor.layer() >= 0) {
                perLayer.merge(tensor.layer(), tensor.stagedBytes(), Long::sum);
            } else if (!embedding || tied) {
                head = tensor.stagedBytes();
            }
        }
        long largest =
                perLayer.values().stream().mapToLong(Long::longValue).max().orElse(0);
        long staging = Math.max(largest, Math.min(head, Math.max(largest, HEAD_PIECE)));
        int slots = Math.min(request.experts(), MINIMUM_EXPERTS);
        long streamed = perLayer.values().stream().mapToLong(Long::longValue).sum()
                + head
                + (request.experts() - slots) * request.expertBytes();
        return new Outcome(
                Placement.whole(tiers, rows),
                resident,
                request.stagingLayers(),
                staging,
                slots,
                readerBytes,
                request.expertBytes(),
                streamed);
    }
}
