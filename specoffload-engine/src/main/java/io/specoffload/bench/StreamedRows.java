package io.specoffload.bench;

import io.specoffload.bench.StreamedResult.Ratio;
import io.specoffload.bench.StreamedResult.Row;
import io.specoffload.bench.StreamedResult.Spread;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/** Turns runs into rows and ratios: medians over the runs that succeeded, ratios of pairs of which both did. */
final class StreamedRows {

    private StreamedRows() {}

    /**
     * One contender's row.
     *
     * @param direct bytes per second of plain direct reads
     * @param readRate bytes per second that this engine may read, 0 for no limit
     * @param reference tokens of the first contender's output; empty if it gave none
     */
    static Row row(Contender contender, List<StreamedRun> runs, double direct, long readRate, List<Integer> reference) {
        double bandwidth = contender.ours() && readRate > 0 ? Math.min((double) readRate, direct) : direct;
        List<RunFigures> told =
                runs.stream().map(StreamedRun::figures).filter(Objects::nonNull).toList();
        long drafted = told.stream().mapToLong(RunFigures::drafted).sum();
        long accepted = told.stream().mapToLong(RunFigures::accepted).sum();
        return new Row(
                contender.name(),
                told.stream().map(RunFigures::version).findFirst().orElse(""),
                Spread.of(values(runs, StreamedRun::tokensPerSecond)),
                median(runs, run -> run.bound(bandwidth)),
                median(runs, run -> run.tokensPerSecond() / run.bound(bandwidth)),
                median(told, RunFigures::promptSeconds),
                median(told, figures -> known(figures.readBytes())),
                median(told, RunFigures::streamRate),
                median(told, RunFigures::directShare),
                median(runs, run -> known(run.child().group().limitHits())),
                runs.stream()
                        .mapToLong(run -> Math.max(0, run.child().group().kills()))
                        .sum(),
                median(runs, run -> known(run.child().group().peakBytes())),
                median(runs, run -> known(run.cachedBytes())),
                median(runs, run -> known(run.child().peakMemory())),
                drafted == 0 ? Double.NaN : (double) accepted / drafted,
                told.stream()
                        .mapToDouble(figures -> same(reference, figures.output()))
                        .min()
                        .orElse(Double.NaN),
                median(told, figures -> figures.memory().accounted()),
                median(told, figures -> figures.memory().measured()),
                runs.stream()
                        .map(run -> run.child().failure())
                        .filter(Objects::nonNull)
                        .toList());
    }

    /** Every contender against those before it in the list, with a peer always as the other. */
    static List<Ratio> ratios(List<Contender> contenders, List<List<StreamedRun>> runs) {
        List<Ratio> ratios = new ArrayList<>();
        for (int subject = 0; subject < contenders.size(); subject++) {
            for (int other = 0; other < contenders.size(); other++) {
                boolean oursFirst =
                        contenders.get(subject).ours() && !contenders.get(other).ours();
                boolean withinOne = other < subject
                        && contenders.get(subject).ours()
                                == contenders.get(other).ours();
                if (oursFirst || withinOne) {
                    ratio(contenders, runs, subject, other, ratios);
                }
            }
        }
        return ratios;
    }

    private static void ratio(
            List<Contender> contenders, List<List<StreamedRun>> runs, int subject, int other, List<Ratio> ratios) {
        List<double[]> pairs = new ArrayList<>();
        for (int i = 0; i < runs.get(subject).size(); i++) {
            double[] pair = {
                runs.get(subject).get(i).secondsPerToken(),
                runs.get(other).get(i).secondsPerToken()
            };
            if (Double.isFinite(pair[0]) && Double.isFinite(pair[1])) {
                pairs.add(pair);
            }
        }
        if (!pairs.isEmpty()) {
            double[] ours = pairs.stream().mapToDouble(pair -> pair[0]).toArray();
            double[] theirs = pairs.stream().mapToDouble(pair -> pair[1]).toArray();
            ratios.add(new Ratio(
                    contenders.get(subject).name(),
                    Comparison.of(contenders.get(other).name(), ours, theirs)));
        }
    }

    /** Share of the longer output up to the first difference. */
    static double same(List<Integer> reference, List<Integer> output) {
        if (reference.isEmpty() || output.isEmpty()) {
            return Double.NaN;
        }
        int equal = 0;
        while (equal < Math.min(reference.size(), output.size())
                && reference.get(equal).equals(output.get(equal))) {
            equal++;
        }
        return (double) equal / Math.max(reference.size(), output.size());
    }

    private static <T> double[] values(List<T> list, ToDoubleFunction<T> value) {
        return list.stream().mapToDouble(value).toArray();
    }

    private static <T> double median(List<T> list, ToDoubleFunction<T> value) {
        return Spread.of(values(list, value)).median();
    }

    private static double known(long value) {
        return value < 0 ? Double.NaN : value;
    }
}
