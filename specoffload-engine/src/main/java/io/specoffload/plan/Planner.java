package io.specoffload.plan;

import io.specoffload.tensor.DType;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * Finds the setting that serves a demand best (term 15 of the cost model), the same as if every one of a search space were
 * predicted. Of
 * settings that promise the same within a thousandth, the one with fewer slots, candidates, groups and buffers wins:
 * what promises nothing is not done. A type of cache that need not give the same tokens has
 * to promise more than that.
 */
public final class Planner {

    private static final double SAME = 1.001;

    private final PolicyModel model;

    public Planner(PolicyModel model) {
        this.model = model;
    }

    /**
     * What may be chosen.
     *
     * @param words what it is called
     * @param value of a setting
     * @param other a setting with another value, all else the same
     */
    private record Choice(
            String words, Function<Setting, Object> value, BiFunction<Setting, SearchSpace, Stream<Setting>> other) {}

    private static final List<Choice> CHOICES = List.of(
            new Choice(
                    "slots",
                    Setting::slots,
                    (from, space) -> space.slots().stream()
                            .filter(slots -> slots >= from.groups())
                            .map(from::withSlots)),
            new Choice(
                    "candidates",
                    Setting::candidates,
                    (from, space) -> space.candidates().stream().map(from::withCandidates)),
            new Choice(
                    "groups",
                    Setting::groups,
                    (from, space) -> space.groups().stream()
                            .filter(groups -> groups <= from.slots())
                            .map(from::withGroups)),
            new Choice(
                    "bytes of staging",
                    Setting::stagingBytes,
                    (from, space) -> space.stagingBytes().stream().map(from::withStagingBytes)),
            new Choice(
                    "prompt rows per pass",
                    Setting::prefillChunk,
                    (from, space) -> space.prefillChunks().stream().map(from::withPrefillChunk)),
            new Choice(
                    "for the cache's elements",
                    Setting::kvType,
                    (from, space) -> space.kvTypes().stream().map(from::withKvType)));

    /** The best plan, or none if no setting fits into memory and keeps to the demand's limit. */
    public Optional<PlanReport> plan(SearchSpace space, Demand demand) {
        Search search = new Search(space, demand);
        Prediction best = null;
        for (DType kvType : space.kvTypes()) {
            if (best == null || space.kvGain() < Double.POSITIVE_INFINITY) {
                double worst = best == null ? Double.POSITIVE_INFINITY : search.cost(best) / space.kvGain();
                best = search.best(kvType, worst).orElse(best);
            }
        }
        if (best == null) {
            return Optional.empty();
        }
        List<PlanReport.RunnerUp> others = search.runnersUp(best);
        return Optional.of(new PlanReport(demand, best, others, space.size(), search.tried, search.tooLarge));
    }

    /**
     * A search for the best setting. Exact: settings are tried in the order of what they can reach at best, until the next
     * one cannot reach the best one that was found.
     */
    private final class Search {

        private final SearchSpace space;
        private final Demand demand;
        private final List<Integer> slots;
        private final long leastStaging;
        private final int leastChunk;
        private int tried;
        private int tooLarge;

        Search(SearchSpace space, Demand demand) {
            this.space = space;
            this.demand = demand;
            this.slots = useful(space.slots(), demand);
            this.leastStaging = least(space.stagingBytes());
            this.leastChunk = least(space.prefillChunks());
        }

        private static <T extends Comparable<T>> T least(List<T> values) {
            return values.stream().min(Comparator.naturalOrder()).orElseThrow();
        }

        /** Seconds per unit of what counts: the smaller, the better. */
        double cost(Prediction prediction) {
            return switch (demand.objective()) {
                case THROUGHPUT -> 1 / prediction.tokensPerSecond();
                case LATENCY -> prediction.secondsPerToken();
            };
        }

        /** The best with a type of cache, or none if all cost more than {@code worst}. */
        Optional<Prediction> best(DType kvType, double worst) {
            List<Prediction> bounds = bounds(kvType);
            bounds.sort(Comparator.comparingDouble(this::cost));
            List<Prediction> found = new ArrayList<>();
            double least = worst;
            for (Prediction bound : bounds) {
                if (cost(bound) > SAME * least) {
                    break;
                }
                for (Prediction prediction : depths(bound.setting())) {
                    if (permitted(prediction)) {
                        found.add(prediction);
                        least = Math.min(least, cost(prediction));
                    }
                }
            }
            double same = SAME * least;
            return found.stream()
                    .filter(prediction -> cost(prediction) <= same && cost(prediction) <= worst)
                    .min(Comparator.comparing(Prediction::setting, SIMPLER));
        }

        /** What each setting can reach with some staging depth. */
        private List<Prediction> bounds(DType kvType) {
            List<Prediction> bounds = new ArrayList<>();
            for (int count : slots) {
                for (int groups : space.groups()) {
                    for (int candidates : groups <= count ? space.candidates() : List.<Integer>of()) {
                        for (int chunk : space.prefillChunks()) {
                            Setting setting = new Setting(count, groups, candidates, leastStaging, chunk, kvType);
                            tried++;
                            model.bound(setting, demand).ifPresentOrElse(bounds::add, () -> tooLarge++);
                        }
                    }
                }
            }
            return bounds;
        }

        /** With every staging depth that may bring something: once reading never rests, a deeper one only takes memory. */
        private List<Prediction> depths(Setting setting) {
            List<Prediction> predictions = new ArrayList<>();
            for (long depth : space.stagingBytes().stream().sorted().toList()) {
                tried++;
                Optional<Prediction> prediction = model.predict(setting.withStagingBytes(depth), demand);
                if (prediction.isEmpty()) {
                    tooLarge++;
                    break;
                }
                predictions.add(prediction.get());
                if (prediction.get().stalledSeconds() == 0) {
                    break;
                }
            }
            return predictions;
        }

        private boolean permitted(Prediction prediction) {
            Double pause = demand.mostPauseSeconds();
            Double limit = demand.mostSecondsPerToken();
            // even the smallest chunk may take longer: prompts must be read all the same
            boolean patient = pause == null
                    || prediction.pauseSeconds() <= pause
                    || prediction.setting().prefillChunk() == leastChunk;
            return patient && (limit == null || prediction.secondsPerToken() <= limit);
        }

        /** For each respect, the best setting that differs from the chosen one in it alone. */
        List<PlanReport.RunnerUp> runnersUp(Prediction best) {
            List<PlanReport.RunnerUp> found = new ArrayList<>();
            for (Choice choice : CHOICES) {
                if (choice.words().endsWith("staging") && !best.streams()) {
                    continue;
                }
                Object chosen = choice.value().apply(best.setting());
                choice.other()
                        .apply(best.setting(), space)
                        .filter(other -> !choice.value().apply(other).equals(chosen))
                        .filter(other -> slots.contains(other.slots()))
                        .flatMap(other -> model.predict(other, demand).stream())
                        .filter(this::permitted)
                        .min(Comparator.comparingDouble(this::cost))
                        .map(other -> new PlanReport.RunnerUp(other, reason(choice, best, other)))
                        .ifPresent(found::add);
            }
            found.sort(Comparator.comparingDouble(runnerUp -> cost(runnerUp.prediction())));
            return found;
        }
    }

    /** No more than the fewest slots that hold all sequences; the fewest there are if all are more. */
    private static List<Integer> useful(List<Integer> slots, Demand demand) {
        int enough = slots.stream()
                .filter(count -> count >= demand.sequences())
                .min(Comparator.naturalOrder())
                .orElse(Integer.MAX_VALUE);
        return slots.stream().filter(count -> count <= enough).toList();
    }

    private static final Comparator<Setting> SIMPLER = Comparator.comparingInt(Setting::slots)
            .thenComparingInt(Setting::candidates)
            .thenComparingInt(Setting::groups)
            .thenComparingLong(Setting::stagingBytes)
            .thenComparing(Comparator.comparingInt(Setting::prefillChunk).reversed());

    private static String reason(Choice choice, Prediction best, Prediction other) {
        return comparison(
                choice.value().apply(other.setting()) + " " + choice.words() + " instead of "
                        + choice.value().apply(best.setting()),
                best,
                other);
    }

    /** What a difference costs, in words. */
    static String comparison(String difference, Prediction best, Prediction other) {
        double loss = 100 * (1 - other.tokensPerSecond() / best.tokensPerSecond());
        double wait = 100 * (other.secondsPerToken() / best.secondsPerToken() - 1);
        if (Math.abs(loss) < 0.1 && Math.abs(wait) < 0.1) {
            return difference + ": promises nothing more";
        }
        return String.format(
                Locale.ROOT,
                "%s: %s tokens/s, %s time per token, bound by %s",
                difference,
                percent(-loss),
                percent(wait),
                other.binding().name().toLowerCase(Locale.ROOT).replace('_', ' '));
    }

    private static String percent(double change) {
        return String.format(Locale.ROOT, "%+.1f%%", change);
    }
}
