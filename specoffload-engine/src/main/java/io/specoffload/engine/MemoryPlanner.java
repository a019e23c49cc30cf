package io.specoffload.engine;

import io.specoffload.format.GgufHeader;
import io.specoffload.format.TensorIndex;
import io.specoffload.kv.KvLayout;
import io.specoffload.model.Activations;
import io.specoffload.model.ModelConfig;
import io.specoffload.placement.PlacementStrategy;
import io.specoffload.store.Footprint;
import io.specoffload.store.ResidentTensors;
import io.specoffload.store.StoreSettings;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Divides the memory budget. The draft model, caches and working memory come first; what is left holds the target's
 * weights, all of them or as many as fit.
 */
final class MemoryPlanner {

    /**
     * Staging where nothing else is said: as long as a reading thread may wait for a busy processor. More would be read
     * ahead while drafting, but each byte of it is one less that stays, and takes as long to read as it saves.
     */
    private static final long STAGING_BYTES = 96L << 20;

    /** ... and no more than this share of the weights. */
    private static final int STAGING_SHARE = 16;

    /** Weights that do not lie on the Java heap, where the target streams. */
    static final List<String> NATIVE_WEIGHTS =
            List.of("draft model", "resident weights", "staging buffers", "expert cache", "embedding rows");

    private final Model target;
    private final @Nullable Model draft;
    private final OffloadSettings settings;
    private final int alignment;
    private final JvmShare jvm;

    /**
     * A model to make room for.
     *
     * @param kvPages pages of its cache
     * @param rows computed at once
     * @param logitRows rows whose logits are kept
     */
    record Model(TensorIndex index, ModelConfig config, KvLayout kv, int kvPages, int rows, int logitRows) {

        long headerBytes() {
            return index.parts().stream().mapToLong(GgufHeader::dataStart).sum();
        }

        long weightBytes() {
            return ResidentTensors.memoryBytes(index.entries());
        }

        long kvBytes() {
            return kv.pageBytes() * kvPages;
        }

        long scratchBytes() {
            return Activations.byteSize(config, rows) + 4L * logitRows * config.vocabulary();
        }
    }

    /**
     * @param settings how much staging
     * @param alignment of direct reads
     * @param jvm what of a budget is the JVM's
     */
    MemoryPlanner(Model target, @Nullable Model draft, OffloadSettings settings, int alignment, JvmShare jvm) {
        this.target = target;
        this.draft = draft;
        this.settings = settings;
        this.alignment = alignment;
        this.jvm = jvm;
    }

    /** Size of reads: no larger than the largest tensor. */
    static long pieceBytes(TensorIndex index) {
        long largest = index.entries().stream()
                .mapToLong(TensorIndex.Entry::byteSize)
                .max()
                .orElse(1);
        return Math.min(StoreSettings.DEFAULT_PIECE_BYTES, largest);
    }

    /**
     * Plans with a budget.
     *
     * @throws MemoryBudgetException if it is too small
     */
    MemoryPlan plan(long budget) {
        Map<String, Long> resident = fixed(budget);
        resident.put("target weights", target.weightBytes());
        MemoryPlan everything = new MemoryPlan(budget, resident, null);
        if (everything.totalBytes() <= budget) {
            return everything;
        }
        Map<String, Long> items = streaming(budget);
        long left = budget - items.values().stream().mapToLong(Long::longValue).sum();
        long given = settings.staging(
                Math.max(0, target.weightBytes() - left) / target.config().layers());
        long staging = given != 0 ? given : staging(target.weightBytes());
        Optional<PlacementStrategy.Outcome> outcome = strategy(staging).place(left);
        while (outcome.isEmpty() && staging > 0) {
            staging /= 2;
            outcome = strategy(staging).place(left);
        }
        PlacementStrategy.Outcome placed = outcome.orElseThrow(() -> refusal(budget));
        items.put("resident weights", placed.residentBytes());
        items.put("staging buffers", placed.stagingBytes());
        items.put("expert cache", placed.expertSlots() * placed.expertBytes());
        items.put("embedding rows", placed.rowReaderBytes());
        return new MemoryPlan(budget, items, placed);
    }

    /** Everything in memory, whatever that takes. */
    MemoryPlan everything() {
        Map<String, Long> items = fixed(0);
        items.put("target weights", target.weightBytes());
        return new MemoryPlan(items.values().stream().mapToLong(Long::longValue).sum(), items, null);
    }

    /** Staging for a target of so many bytes where nothing else is said. */
    static long staging(long weightBytes) {
        return Math.min(STAGING_BYTES, weightBytes / STAGING_SHARE);
    }

    private PlacementStrategy strategy(long staging) {
        return new PlacementStrategy(Footprint.request(target.index(), staging, target.rows(), alignment));
    }

    private Map<String, Long> fixed(long budget) {
        Map<String, Long> items = new LinkedHashMap<>();
        items.put("JVM", jvm.of(budget, workingBytes()));
        items.put("headers", target.headerBytes() + (draft == null ? 0 : draft.headerBytes()));
        items.put("KV cache", target.kvBytes() + (draft == null ? 0 : draft.kvBytes()));
        items.put("working memory", workingBytes());
        items.put("draft model", draft == null ? 0 : draft.weightBytes());
        return items;
    }

    private long workingBytes() {
        return target.scratchBytes() + (draft == null ? 0 : draft.scratchBytes());
    }

    private Map<String, Long> streaming(long budget) {
        Map<String, Long> items = fixed(budget);
        long piece = pieceBytes(target.index());
        if (draft != null) {
            piece = Math.max(piece, pieceBytes(draft.index()));
        }
        // they are gone before the first page of a cache is taken
        long loading = ResidentTensors.loadingBytes(piece, alignment);
        items.put("loading buffers", Math.max(0, loading - items.getOrDefault("KV cache", 0L)));
        return items;
    }

    private MemoryBudgetException refusal(long budget) {
        Map<String, Long> items = streaming(0);
        items.put("least of the target", strategy(0).minimumBytes());
        MemoryPlan everything = everything();
        if (everything.totalBytes()
                < items.values().stream().mapToLong(Long::longValue).sum()) {
            items = new LinkedHashMap<>(everything.items());
        }
        long needed = items.values().stream().mapToLong(Long::longValue).sum();
        long smallest = jvm.smallestBudget(needed, workingBytes());
        items.put("JVM", smallest - needed);
        return new MemoryBudgetException(
                "the memory budget of " + MemoryPlan.mebibytes(budget) + " is too small: needed are at least "
                        + MemoryPlan.describe(items) + " = " + MemoryPlan.mebibytes(smallest) + " (" + smallest
                        + " bytes); give at least that much, or shorten the context, use fewer slots or a smaller"
                        + " draft model",
                smallest);
    }
}
