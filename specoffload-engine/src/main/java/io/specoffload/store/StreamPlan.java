package io.specoffload.store;

import io.specoffload.format.TensorIndex;
import io.specoffload.placement.Placement;
import io.specoffload.placement.Tier;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.TensorRole;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What streams, in the order of a sweep: of each layer the tensors and rows that do not stay, then the output head in
 * pieces.
 * Experts are laid out one by one.
 */
public final class StreamPlan {

    public static final String EMBEDDING = "token_embd.weight";
    public static final String OUTPUT = "output.weight";
    private static final String STACK = "_exps";

    private final Placement placement;
    private final TensorIndex index;
    private final int alignment;
    private final List<StreamUnit> units = new ArrayList<>();
    private final Map<Integer, Integer> unitOfLayer = new TreeMap<>();
    private final List<HeadPiece> head = new ArrayList<>();
    private final List<StreamUnit> experts;
    private final int expertsPerLayer;

    /**
     * Rows of the output head that stream together.
     *
     * @param unit index of the unit
     * @param from first row
     * @param rows number of rows
     */
    public record HeadPiece(int unit, int from, int rows) {}

    /**
     * @param stagingBytes size of a staging buffer
     * @param alignment of reads
     */
    public StreamPlan(TensorIndex index, Placement placement, long stagingBytes, int alignment) {
        this.index = index;
        this.placement = placement;
        this.alignment = alignment;
        Map<Integer, Map<Part, List<StreamUnit.Extent>>> layers = new TreeMap<>();
        for (TensorIndex.Entry entry : tensors(Tier.DISK)) {
            int layer = TensorRole.layerOf(entry.name());
            TensorRole role = TensorRole.of(entry.name());
            if (layer >= 0 && role != TensorRole.EXPERTS) {
                Part part = role == TensorRole.ATTENTION ? Part.ATTENTION : Part.FEED_FORWARD;
                layers.computeIfAbsent(layer, key -> new EnumMap<>(Part.class))
                        .computeIfAbsent(part, key -> new ArrayList<>())
                        .add(whole(entry));
            }
        }
        layers.forEach((layer, parts) -> {
            unitOfLayer.put(layer, units.size());
            units.add(new StreamUnit(parts, alignment));
        });
        addHead(stagingBytes);
        Experts laidOut = layOutExperts(tensors(Tier.DISK), alignment);
        experts = laidOut.units();
        expertsPerLayer = laidOut.perLayer();
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
            layer.values().forEach(own -> units.add(new StreamUnit(Map.of(Part.FEED_FORWARD, own), alignment)));
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

    private void addHead(long stagingBytes) {
        TensorIndex.Entry entry = index.entry(headName()).orElseThrow();
        Optional<TensorIndex.Entry> streamed = part(entry, Tier.DISK);
        if (streamed.isEmpty()) {
            return;
        }
        Shape shape = entry.shape();
        int first = shape.rows() - streamed.get().shape().rows();
        long rowBytes = entry.type().bytesFor(shape.extent(0));
        long fitting = (stagingBytes - 2L * alignment) / rowBytes;
        int step = Math.toIntExact(Math.clamp(fitting, 1, shape.rows()));
        for (int from = first; from < shape.rows(); from += step) {
            int rows = Math.min(step, shape.rows() - from);
            head.add(new HeadPiece(units.size(), from, rows));
            StreamUnit.Extent extent = new StreamUnit.Extent(
                    entry.name(), entry.part(), entry.offset() + from * rowBytes, rows * rowBytes);
            units.add(new StreamUnit(Map.of(Part.OUTPUT_HEAD, List.of(extent)), alignment));
        }
    }

    /** The tensor that serves as output head. */
    public String headName() {
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

    /** The unit of a layer, or -1 if nothing of it streams. */
    public int unitOf(int layer) {
        return unitOfLayer.getOrDefault(layer, -1);
    }

    /** What streams of the output head, in pieces; empty if all of it stays in memory. */
    public List<HeadPiece> head() {
        return head;
    }

    /** Experts, layer by layer. */
    public List<StreamUnit> experts() {
        return experts;
    }

    public int expertsPerLayer() {
        return expertsPerLayer;
    }
}
