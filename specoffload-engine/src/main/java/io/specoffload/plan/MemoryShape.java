package io.specoffload.plan;

import io.specoffload.tensor.DType;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What takes memory, and how a target that does not fit is divided: arithmetic of a placement, without its tensors.
 *
 * @param budgetBytes all that may be taken
 * @param fixedBytes whatever the setting: headers, the draft model
 * @param jvm the process itself
 * @param room what sequences take
 * @param target how the target's weights may be divided
 */
public record MemoryShape(long budgetBytes, long fixedBytes, Jvm jvm, Room room, Weights target) {

    /** Of a JVM that takes nothing of its own. */
    public MemoryShape(long budgetBytes, long fixedBytes, Room room, Weights target) {
        this(budgetBytes, fixedBytes, new Jvm(0, Long.MAX_VALUE, 0), room, target);
    }

    /**
     * The process itself, on whose heap the working memory lies.
     *
     * @param shareBytes of the budget beside working memory
     * @param mostBytes that it can take, working memory included
     * @param passBytes of working memory that do not depend on a setting
     */
    public record Jvm(long shareBytes, long mostBytes, long passBytes) {

        long bytes(long workingBytes) {
            long working = workingBytes + passBytes;
            return Math.max(working, Math.min(shareBytes + working, mostBytes));
        }
    }

    /**
     * Memory for sequences: caches of both models, and what a pass computes with.
     *
     * @param contextLength positions per sequence
     * @param pagePositions positions per page of a cache
     * @param leastCandidates room is made for at least so many candidates, whatever a setting plans with, unless that are many
     *     rows of all slots
     * @param mostCandidates and for at most so many; where the two differ, for up to twice what a setting plans with
     * @param models the target, and the draft model where there is one
     */
    public record Room(
            int contextLength, int pagePositions, int leastCandidates, int mostCandidates, List<PerModel> models) {

        /** Rows of all slots that room is made for beyond those of a setting, ... */
        private static final int SPARE_ROWS = 32;

        /** ... or so many candidates of each slot: what is kept free for them is missing in weights. */
        private static final int LEAST_SPARE = 2;

        public Room {
            models = List.copyOf(models);
        }

        /** Candidates that room is made for: with better luck than was planned with, a round may take more. */
        public int candidates(Setting setting) {
            if (leastCandidates == mostCandidates) {
                return mostCandidates;
            }
            int planned = setting.candidates();
            int spare = Math.max(LEAST_SPARE, SPARE_ROWS / setting.slots());
            int wanted = Math.max(planned, leastCandidates - planned);
            return Math.min(mostCandidates, planned + Math.min(wanted, spare));
        }

        /** Both models' caches. */
        long cacheBytes(Setting setting) {
            long pages = (long) setting.slots() * Math.ceilDiv(contextLength + candidates(setting) + 1, pagePositions);
            return models.stream()
                    .mapToLong(model -> pages * model.pageBytes(setting.kvType()))
                    .sum();
        }

        /** What passes compute with, by their rows. */
        long workingBytes(Setting setting) {
            int candidates = candidates(setting);
            // a pass holds every slot's candidates, and beside them prompt rows or a last token for each
            long rows = Math.max(setting.prefillChunk(), setting.slots()) + (long) setting.slots() * candidates;
            return models.stream()
                    .mapToLong(model -> model.workingBytes(rows, setting.slots(), candidates))
                    .sum();
        }
    }

    /**
     * What one model takes for sequences.
     *
     * @param pageBytes of its cache, by type of its elements
     * @param rowBytes of activations, per row of a pass
     * @param mostRows that are computed at once
     * @param logitBytes per row of logits
     * @param verifies whether passes give logits of all candidates, or of one row of a sequence each
     */
    public record PerModel(Map<DType, Long> pageBytes, long rowBytes, int mostRows, long logitBytes, boolean verifies) {

        public PerModel {
            pageBytes = Collections.unmodifiableMap(new EnumMap<>(pageBytes));
        }

        private long workingBytes(long rows, int slots, int candidates) {
            long logitRows = verifies ? slots * (candidates + 1L) : Math.min(slots, mostRows);
            return Math.min(rows, mostRows) * rowBytes + logitRows * logitBytes;
        }

        long pageBytes(DType type) {
            Long bytes = pageBytes.get(type);
            if (bytes == null) {
                throw new IllegalArgumentException("no cache of " + type + " is planned, but of " + pageBytes.keySet());
            }
            return bytes;
        }
    }

    /**
     * The target's weights.
     *
     * @param alwaysBytes always in memory: norms, routers
     * @param headBytes the output head (and embedding, if it is one with it)
     * @param layerBytes what one layer may stream, experts excluded, on average
     * @param layers number of layers
     * @param embeddingBytes the embedding where it is not the head; the first to go, read by rows then
     * @param expertBytes one expert; 0 for a dense model
     * @param experts of one layer; 1 for a dense model
     * @param expertsUsed by one row; 1 for a dense model
     * @param expertsAhead that are read before they are used; 0 for a dense model
     */
    public record Weights(
            long alwaysBytes,
            long headBytes,
            long layerBytes,
            int layers,
            long embeddingBytes,
            long expertBytes,
            int experts,
            int expertsUsed,
            int expertsAhead) {

        long allExperts() {
            return expertBytes == 0 ? 0 : (long) layers * experts;
        }

        /** Of cached experts, those that stay; through the others' places the rest passes. */
        long keptExperts(long cached) {
            return cached >= allExperts() ? allExperts() : cached - Math.max(2, Math.min(cached / 4, expertsAhead));
        }

        long bytes() {
            return alwaysBytes + headBytes + embeddingBytes + layers * layerBytes + allExperts() * expertBytes;
        }
    }

    /**
     * Where a setting leaves the weights.
     *
     * @param memoryBytes all that is taken
     * @param streamedBytes what a sweep streams of layers and output head, experts excluded
     * @param stagingBytes memory that it passes through
     * @param cachedExperts experts of all layers that are in memory
     */
    public record Layout(long memoryBytes, long streamedBytes, long stagingBytes, long cachedExperts) {}

    private static final int MINIMUM_EXPERTS = 2;

    /** Layers of the target. */
    public int layers() {
        return target.layers();
    }

    /** Bytes of the target's weights. */
    public long targetBytes() {
        return target.bytes();
    }

    /** Bytes that a setting takes before the target's weights. */
    public long withoutTarget(Setting setting) {
        return fixedBytes + jvm.bytes(room.workingBytes(setting)) + room.cacheBytes(setting);
    }

    /** The division that leaves most in memory, or none if the setting cannot fit. */
    public Optional<Layout> layout(Setting setting) {
        long taken = withoutTarget(setting);
        long left = budgetBytes - taken;
        if (targetBytes() <= left) {
            return Optional.of(new Layout(taken + targetBytes(), 0, 0, target.allExperts()));
        }
        long space = left - target.alwaysBytes();
        if (target.expertBytes() > 0) {
            return withExperts(setting, space);
        }
        return dense(setting, space);
    }

    /** Every layer and the head keep the same share. */
    private Optional<Layout> dense(Setting setting, long space) {
        long matrices = target.headBytes() + target.layers() * target.layerBytes();
        if (space >= matrices) {
            // only the embedding goes, of which a pass reads some rows
            return Optional.of(new Layout(budgetBytes, 0, 0, 0));
        }
        long resident = space - setting.stagingBytes();
        return resident < 0
                ? Optional.empty()
                : Optional.of(new Layout(budgetBytes, matrices - resident, setting.stagingBytes(), 0));
    }

    /** Everything but experts stays if possible; the rest of the room caches experts. */
    private Optional<Layout> withExperts(Setting setting, long space) {
        long least = MINIMUM_EXPERTS * target.expertBytes();
        long forExperts = space - target.headBytes() - target.layers() * target.layerBytes();
        if (forExperts >= least) {
            long cached = Math.min(target.allExperts(), forExperts / target.expertBytes());
            return Optional.of(new Layout(budgetBytes, 0, 0, cached));
        }
        return dense(setting, space - least)
                .map(layout -> new Layout(budgetBytes, layout.streamedBytes(), layout.stagingBytes(), MINIMUM_EXPERTS));
    }

    /**
     * How a sweep reads what is not in memory.
     *
     * @param bytes that it reads
     * @param awaitedBytes those of them that are known only when they are needed, so that nothing is computed meanwhile
     * @param stagedBytes what may have been read ahead when the sweep begins
     */
    public record Reading(double bytes, double awaitedBytes, double stagedBytes) {}

    /**
     * The ways in which one sweep may read. Layers stream ahead of their use. Experts are read when the router has chosen
     * them, or all of them ahead of time, whichever is faster.
     *
     * @param rows of the pass: the more, the more experts they touch
     */
    public List<Reading> readings(Layout layout, double rows) {
        double dense = layout.streamedBytes();
        double staged = layout.stagingBytes();
        double awaited = expertBytesStreamed(layout, rows);
        if (awaited == 0) {
            return List.of(new Reading(dense, 0, staged));
        }
        double all = (double) target.allExperts() * target.expertBytes();
        double cached = (double) layout.cachedExperts() * target.expertBytes();
        double kept = (double) target.keptExperts(layout.cachedExperts()) * target.expertBytes();
        return List.of(
                new Reading(dense + awaited, awaited, staged),
                new Reading(dense + all - kept, 0, staged + cached - kept));
    }

    /** Bytes that one sweep reads that reads no more than it needs. */
    public double streamedBytes(Layout layout, double rows) {
        return readings(layout, rows).getFirst().bytes();
    }

    /** Bytes of experts that one sweep reads if it reads no others. */
    private double expertBytesStreamed(Layout layout, double rows) {
        if (target.expertBytes() == 0) {
            return 0;
        }
        double missing = 1 - (double) target.keptExperts(layout.cachedExperts()) / target.allExperts();
        double touched = ExpertCoverage.distinct(target.experts(), target.expertsUsed(), rows);
        return target.layers() * touched * missing * target.expertBytes();
    }
}
