package io.specoffload.plan;

import io.specoffload.plan.Demand.Objective;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;

/**
 * Finds the setting that serves a demand best: predicts every one of a search space (term 15 of the cost model). Of
 * settings that promise the same within a thousandth, the one with fewer slots, candidates, groups and buffers wins:
 * what promises nothing is not done.
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
     */
    private record Choice(String words, ToIntFunction<Setting> value) {}

    private static final List<Choice> CHOICES = List.of(
            new Choice("slots", Setting::slots),
            new Choice("candidates", Setting::candidates),
            new Choice("groups", Setting::groups),
            new Choice("staging layers", Setting::stagingLayers),
            new Choice("prompt rows per pass", Setting::prefillChunk));

    /** The best plan, or none if no setting fits into memory and keeps to the demand's limit. */
    public Optional<PlanReport> plan(SearchSpace space, Demand demand) {
        List<Prediction> predictions = new ArrayList<>();
        int tried = 0;
        for (int slots : useful(space.slots(), demand)) {
            for (int groups : space.groups()) {
                if (groups > slots) {
                    continue;
                }
                for (int candidates : space.candidates()) {
                    for (int chunk : space.prefillChunks()) {
                        for (int staging : space.stagingLayers()) {
                            tried++;
                            Optional<Prediction> prediction =
                                    model.predict(new Setting(slots, groups, candidates, staging, chunk), demand);
                            prediction.ifPresent(predictions::add);
                            if (prediction.isPresent() && !prediction.get().streams()) {
                                // nothing to stage: every other depth is the same
                                break;
                            }
                        }
                    }
                }
            }
        }
        int total = tried;
        int fit = predictions.size();
        Double pause = demand.mostPauseSeconds();
        if (pause != null) {
            // even the smallest chunk may take longer: prompts must be read all the same
            int smallest = space.prefillChunks().stream()
                    .min(Comparator.naturalOrder())
                    .orElseThrow();
            predictions.removeIf(prediction ->
                    prediction.pauseSeconds() > pause && prediction.setting().prefillChunk() > smallest);
        }
        Double limit = demand.mostSecondsPerToken();
        if (limit != null) {
            predictions.removeIf(prediction -> prediction.secondsPerToken() > limit);
        }
        return best(predictions.stream(), demand)
                .map(best -> new PlanReport(demand, best, runnersUp(best, predictions, demand), total, total - fit));
    }

    /** No more than the fewest slots that hold all sequences; the fewest there are if all are more. */
    private static List<Integer> useful(List<Integer> slots, Demand demand) {
        int enough = slots.stream()
                .filter(count -> count >= demand.sequences())
                .min(Comparator.naturalOrder())
                .orElse(Integer.MAX_VALUE);
        return slots.stream().filter(count -> count <= enough).toList();
    }

    /** Seconds per unit of what counts: the smaller, the better. */
    private static double cost(Prediction prediction, Objective objective) {
        return switch (objective) {
            case THROUGHPUT -> 1 / prediction.tokensPerSecond();
            case LATENCY -> prediction.secondsPerToken();
        };
    }

    private static Optional<Prediction> best(Stream<Prediction> predictions, Demand demand) {
        List<Prediction> all = predictions.toList();
        double least = all.stream()
                .mapToDouble(prediction -> cost(prediction, demand.objective()))
                .min()
                .orElse(0);
        return all.stream()
                .filter(prediction -> cost(prediction, demand.objective()) <= SAME * least)
                .min(Comparator.comparing(Prediction::setting, SIMPLER));
    }

    private static final Comparator<Setting> SIMPLER = Comparator.comparingInt(Setting::slots)
            .thenComparingInt(Setting::candidates)
            .thenComparingInt(Setting::groups)
            .thenComparingInt(Setting::stagingLayers)
            .thenComparing(Comparator.comparingInt(Setting::prefillChunk).reversed());

    /** For each respect, the best setting that differs in it. */
    private static List<PlanReport.RunnerUp> runnersUp(Prediction best, List<Prediction> all, Demand demand) {
        List<PlanReport.RunnerUp> found = new ArrayList<>();
        for (Choice choice : CHOICES) {
            int chosen = choice.value().applyAsInt(best.setting());
            best(all.stream().filter(other -> choice.value().applyAsInt(other.setting()) != chosen), demand)
                    .map(other -> new PlanReport.RunnerUp(other, reason(choice, best, other)))
                    .ifPresent(found::add);
        }
        found.sort(Comparator.comparingDouble(runnerUp -> cost(runnerUp.prediction(), demand.objective())));
        return found;
    }

    private static String reason(Choice choice, Prediction best, Prediction other) {
        double loss = 100 * (1 - other.tokensPerSecond() / best.tokensPerSecond());
        double wait = 100 * (other.secondsPerToken() / best.secondsPerToken() - 1);
        String difference = choice.value().applyAsInt(other.setting()) + " " + choice.words() + " instead of "
                + choice.value().applyAsInt(best.setting());
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
