package io.specoffload.store;

import io.specoffload.format.TensorIndex;
import io.specoffload.placement.Placement;
import io.specoffload.placement.Tier;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.TensorRole;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What streams, in the order of its use: the matrices of layer after layer, or those rows of them that do not stay, then
 * the output head, all cut into units of equal size. Experts are laid out one by one.
 */
public final class StreamPlan {

    public static final String EMBEDDING = "token_embd.weight";
    public static final String OUTPUT = "output.weight";
    private static final String STACK = "_exps";

    /** How a layer uses its matrices, by what their names begin with; those that are alike are not in one model. */
    private static final List<String> ORDER =
            List.of("attn_qkv", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down");

    private final Placement placement;
    private final TensorIndex index;
    private final List<StreamUnit> units;
    private final Map<String, List<RowPiece>> pieces;
    private final List<StreamUnit> experts;
    private final int expertsPerLayer;

    /**
     * Rows of a matrix that stream together.
     *
     * @param unit index of the unit
     * @param from first row
     * @param rows number of rows
     */
    public record RowPiece(int unit, int from, int rows) {}

    /**
     * @param unitBytes size of a staging buffer
     * @param alignment of reads
     */
    public StreamPlan(TensorIndex index, Placement placement, long unitBytes, int alignment) {
        this.index = index;
        this.placement = placement;
        UnitPacker packer = new UnitPacker(unitBytes, alignment);
        index.entries().stream()
                .filter(entry -> streams(entry, headName()))
                .sorted(Comparator.comparingInt(StreamPlan::layer).thenComparingInt(StreamPlan::turn))
                .forEach(entry -> part(entry, Tier.DISK)
                        .ifPresent(rows -> packer.add(
                                rows, entry.shape().rows() - rows.shape().rows())));
        units = packer.units();
        pieces = packer.pieces();
        Experts laidOut = layOutExperts(tensors(Tier.DISK), alignment);
        experts = laidOut.units();
        expertsPerLayer = laidOut.perLayer();
    }

    /** Whether what does not stay of a tensor passes through staging buffers. */
    static boolean streams(TensorIndex.Entry entry, String head) {
        TensorRole role = TensorRole.of(entry.name());
        return entry.name().equals(head) || role == TensorRole.ATTENTION || role == TensorRole.FEED_FORWARD;
    }

    /** The head comes behind all layers. */
    private static int layer(TensorIndex.Entry entry) {
        int layer = TensorRole.layerOf(entry.name());
        return layer < 0 ? Integer.MAX_VALUE : layer;
    }

    /** When a layer uses a matrix: a wrong order would cost sweeps, but no wrong result. */
    private static int turn(TensorIndex.Entry entry) {
        String name = entry.name().replaceFirst("blk\\.\\d+\\.", "");
        int turn = 0;
        while (turn < ORDER.size() && !name.startsWith(ORDER.get(turn))) {
            turn++;
        }
        return turn;
    }

    /** The least size of a staging buffer through which the matrices of a checkpoint can stream. */
    static long leastUnitBytes(TensorIndex index, int alignment) {
        String head = head(index);
        return index.entries().stream()
                .filter(entry -> streams(entry, head) && entry.shape().rank() == 2)
                .mapToLong(entry -> UnitPacker.leastBytes(entry, alignment))
                .max()
                .orElse(0);
    }

    /**
     * Experts, each as a unit of its own.
     *
     * @param units layer by layer
     * @param perLayer experts of a layer
     */
    record Experts(List<StreamUnit> units, int perLayer) {}

    /** Lays out the experts among some tensors. */
    static Experts layOutExperts(Collection<TensorIndex.Entry> tensors, int alignment) {
        Map<Integer, Map<Integer, List<StreamUnit.Extent>>> layers = new TreeMap<>();
        for (TensorIndex.Entry entry : tensors) {
            if (TensorRole.of(entry.name()) == TensorRole.EXPERTS) {
                int layer = TensorRole.layerOf(entry.name());
                addExperts(entry, layers.computeIfAbsent(layer, key -> new TreeMap<>()));
            }
        }
        List<StreamUnit> units = new ArrayList<>();
        int perLayer = 0;
        for (Map<Integer, List<StreamUnit.Extent>> layer : layers.values()) {
            perLayer = layer.size();
            layer.values().forEach(own -> units.add(new StreamUnit(own, alignment)));
        }
        return new Experts(units, perLayer);
    }

    private static StreamUnit.Extent whole(TensorIndex.Entry entry) {
        return new StreamUnit.Extent(entry.name(), entry.part(), entry.offset(), entry.byteSize());
    }

    /** An expert of a stack gets the name that it would have as a tensor of its own. */
    private static void addExperts(TensorIndex.Entry entry, Map<Integer, List<StreamUnit.Extent>> experts) {
        if (!entry.name().contains(STACK)) {
            int id = Integer.parseInt(entry.name().replaceFirst(".*\\.(\\d+)\\.[a-z]+$", "$1"));
            experts.computeIfAbsent(id, key -> new ArrayList<>()).add(whole(entry));
            return;
        }
        int count = Math.toIntExact(entry.shape().extent(entry.shape().rank() - 1));
        long bytes = entry.byteSize() / count;
        for (int id = 0; id < count; id++) {
            String name = entry.name().replace(STACK, "." + id);
            experts.computeIfAbsent(id, key -> new ArrayList<>())
                    .add(new StreamUnit.Extent(name, entry.part(), entry.offset() + id * bytes, bytes));
        }
    }

    /** The tensor that serves as output head. */
    public String headName() {
        return head(index);
    }

    static String head(TensorIndex index) {
        return index.entry(OUTPUT).isPresent() ? OUTPUT : EMBEDDING;
    }

    /** What lies in a tier: tensors, or those rows of them that do. */
    public List<TensorIndex.Entry> tensors(Tier tier) {
        return index.entries().stream()
                .flatMap(entry -> part(entry, tier).stream())
                .toList();
    }

    /** The rows of a tensor that lie in a tier, as a tensor of their own that has the whole one's name. */
    private Optional<TensorIndex.Entry> part(TensorIndex.Entry entry, Tier tier) {
        List<Placement.Range> ranges = placement.ranges(entry.name());
        List<Placement.Range> own =
                ranges.stream().filter(range -> range.tier() == tier).toList();
        if (own.isEmpty()) {
            return Optional.empty();
        }
        if (ranges.size() == 1) {
            return Optional.of(entry);
        }
        if (own.size() > 1 || entry.shape().rank() != 2) {
            throw new IllegalArgumentException("the tensor " + entry.name() + " cannot be divided into " + ranges);
        }
        Placement.Range range = own.getFirst();
        Shape shape = new Shape(entry.shape().extent(0), range.to() - range.from());
        long start = entry.offset() + range.from() * entry.type().bytesFor(shape.extent(0));
        return Optional.of(new TensorIndex.Entry(entry.name(), entry.type(), shape, entry.part(), start));
    }

    /** What streams, in order. */
    public List<StreamUnit> units() {
        return units;
    }

    /** Where the rows of a matrix stream that do not stay, in order; none for one that stays. */
    public List<RowPiece> pieces(String name) {
        return pieces.getOrDefault(name, List.of());
    }

    /** Experts, layer by layer. */
    public List<StreamUnit> experts() {
        return experts;
    }

    public int expertsPerLayer() {
        return expertsPerLayer;
    }
}
