package io.specoffload.calibration;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleConsumer;

/**
 * Times several kinds of work in turns, each in many short windows that are spread over all of the time, and takes what is
 * usual of each. Code that is not compiled yet makes a window many times longer, so windows that are far from the best one
 * do not count; neither do samples and windows in which the thread had no processor or compilers had one, as long as there are others. Of the
 * rest the median of the later half counts: other processes, and other guests of the same machine, take turns with its memory as they will
 * when the engine runs, so that what the best moment shows is not what a second of work gets.
 */
final class WindowTimes {

    private static final int MOST_SAMPLES = 5;
    private static final double WINDOW_SECONDS = 0.006;

    /** A thread that had a processor for less than this share of a sample was kept from its work. */
    private static final double UNDISTURBED = 0.9;

    /** A window in which the JVM's own threads, above all compilers, computed for more than this share says nothing about kernels on all processors. */
    private static final double JVM_SHARE = 0.1;

    /** What is not twice as fast is no improvement but noise, above all of memory: compiled code is faster by far more. */
    private static final double IMPROVEMENT = 0.5;

    /** Windows without an improvement after which a kind is taken to be known. */
    private static final int PATIENCE = 3;

    /** However early nothing improves: the compiler may have begun with the larger methods only. */
    private static final double LEAST_SHARE = 0.4;

    /** A window so many times as long as the best one ran code that was not compiled, or lost its processor. */
    private static final double FAR = 2.5;

    /** Undisturbed windows that tell what is usual; with fewer, the best of all windows counts. */
    private static final int ENOUGH_WINDOWS = 3;

    /** At most this share of the time is left to the compiler, and this share in one piece. */
    private static final double REST_SHARE = 0.6;

    private static final double LONGEST_REST_SHARE = 0.1;

    /** A sample this long ran code that is not compiled: the compiler gets the processor at once. */
    private static final double INTERPRETED_SECONDS = 0.04;

    private final WorkClock clock;
    private final DoubleConsumer settle;

    /**
     * @param clock looked at on the thread that does the work
     * @param settle waits until the code that ran is compiled, for at most so many seconds
     */
    WindowTimes(WorkClock clock, DoubleConsumer settle) {
        this.clock = clock;
        this.settle = settle;
    }

    /** Something to time. */
    interface Work {

        /** Does a piece of it; how much that was, in units of its own. */
        double run();

        /**
         * Whether a piece that took so many seconds tells anything. A kind whose pieces are too short to tell does larger
         * ones from then on.
         */
        boolean counts(double seconds);

        /** Whether compiled code may be as slow as that; if not, the work is not known yet, however steady it is. */
        default boolean plausible(double secondsPerUnit) {
            return true;
        }
    }

    /**
     * What came of it.
     *
     * @param secondsPerUnit by kind of work, group after group; NaN for those that were not reached in time
     * @param settled by kind of work: whether it was not getting faster any more when the time was over
     */
    record Result(double[] secondsPerUnit, boolean[] settled) {

        /** Of {@code count} kinds from {@code from} on. */
        Result only(int from, int count) {
            return new Result(
                    Arrays.copyOfRange(secondsPerUnit, from, from + count),
                    Arrays.copyOfRange(settled, from, from + count));
        }

        /** Of all kinds but those. */
        Result without(int from, int count) {
            int kinds = secondsPerUnit.length - count;
            double[] seconds = Arrays.copyOf(secondsPerUnit, kinds);
            boolean[] known = Arrays.copyOf(settled, kinds);
            System.arraycopy(secondsPerUnit, from + count, seconds, from, kinds - from);
            System.arraycopy(settled, from + count, known, from, kinds - from);
            return new Result(seconds, known);
        }

        boolean allSettled() {
            boolean all = true;
            for (boolean one : settled) {
                all &= one;
            }
            return all;
        }
    }

    /**
     * Measures. Groups of kinds join one after the other, each when those before it are known: where compiling takes long,
     * the first group has the compiler for itself.
     *
     * @param groups kinds of work, the most important ones first; the first group is measured at least once, however long
     *     that takes
     * @param seconds about how long it may take
     */
    Result measure(List<? extends List<? extends Work>> groups, double seconds) {
        List<Work> works = new ArrayList<>();
        List<Windows> windows = new ArrayList<>();
        int kinds = groups.stream().mapToInt(List::size).sum();
        Turns turns = new Turns(seconds);
        int joined = 0;
        boolean known = true;
        while (joined == 0 || turns.spent() < seconds && !(joined == groups.size() && known && turns.enough())) {
            int visited = works.size();
            if (known && joined < groups.size()) {
                works.addAll(groups.get(joined));
                groups.get(joined++).forEach(work -> windows.add(new Windows(work)));
            }
            for (int i = 0; i < works.size(); i++) {
                boolean must = joined == 1 && i >= visited;
                if (must || turns.spent() < seconds) {
                    double last = window(works.get(i), windows.get(i));
                    if (last > INTERPRETED_SECONDS) {
                        turns.rest();
                    }
                }
            }
            known = windows.stream().allMatch(Windows::known);
            if (!known) {
                turns.rest();
            }
        }
        double[] secondsPerUnit = new double[kinds];
        Arrays.fill(secondsPerUnit, Double.NaN);
        boolean[] settled = new boolean[kinds];
        for (int i = 0; i < windows.size(); i++) {
            secondsPerUnit[i] = windows.get(i).secondsPerUnit();
            settled[i] = windows.get(i).known();
        }
        return new Result(secondsPerUnit, settled);
    }

    /**
     * Runs kinds of work in turns for about so long, so that they are compiled, and looks at none.
     *
     * @param works at least one
     */
    void warmUp(List<? extends Work> works, double seconds) {
        Turns turns = new Turns(seconds);
        for (int i = 0; turns.spent() < seconds; i = (i + 1) % works.size()) {
            double last = window(works.get(i), new Windows(works.get(i)));
            if (last > INTERPRETED_SECONDS || i == works.size() - 1) {
                turns.rest();
            }
        }
    }

    /** The time of a measurement, and how much of it was left to the compiler. */
    private final class Turns {

        private final double seconds;
        private final long start = clock.nanos();
        private double rested;

        Turns(double seconds) {
            this.seconds = seconds;
        }

        boolean enough() {
            return spent() > LEAST_SHARE * seconds;
        }

        double spent() {
            return (clock.nanos() - start) / 1e9;
        }

        void rest() {
            double before = spent();
            double most =
                    Math.min(LONGEST_REST_SHARE * seconds, Math.min(REST_SHARE * seconds - rested, seconds - before));
            if (most > 0) {
                settle.accept(most);
                rested += spent() - before;
            }
        }
    }

    /** Adds a window; returns the seconds of its last sample. */
    private double window(Work work, Windows windows) {
        double[] undisturbed = new double[MOST_SAMPLES];
        double[] all = new double[MOST_SAMPLES];
        int quiet = 0;
        int samples = 0;
        double spent = 0;
        double last;
        long jvmStart = clock.jvmNanos();
        do {
            long threadStart = clock.threadNanos();
            long start = clock.nanos();
            double units = work.run();
            long nanos = Math.max(1, clock.nanos() - start);
            long threadNanos = clock.threadNanos() - threadStart;
            last = nanos / 1e9;
            spent += last;
            if (work.counts(last)) {
                all[samples++] = last / units;
                if (threadStart >= 0 && threadNanos >= UNDISTURBED * nanos) {
                    undisturbed[quiet++] = last / units;
                }
            }
        } while (samples < MOST_SAMPLES && (samples == 0 || spent < WINDOW_SECONDS));
        boolean alone = jvmStart < 0 || clock.jvmNanos() - jvmStart <= JVM_SHARE * spent * 1e9;
        windows.add(quiet == 0 ? median(all, samples) : median(undisturbed, quiet), quiet > 0 && alone);
        return last;
    }

    private static double median(double[] values, int count) {
        Arrays.sort(values, 0, count);
        int middle = count / 2;
        return count % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
    }

    /** The windows of a kind so far, and whether the best one was found long ago. */
    private static final class Windows {

        private final Work work;
        private final List<Double> undisturbed = new ArrayList<>();
        private double best = Double.NaN;
        /** The best window as it was after each of the latest ones, in turns. */
        private final double[] history = new double[PATIENCE];

        private double before;
        private int count;

        Windows(Work work) {
            this.work = work;
        }

        void add(double window, boolean quiet) {
            int turn = count++ % PATIENCE;
            before = history[turn];
            best = Double.isNaN(best) ? window : Math.min(best, window);
            history[turn] = best;
            if (quiet) {
                undisturbed.add(window);
            }
        }

        boolean known() {
            return count > PATIENCE && best >= IMPROVEMENT * before && work.plausible(best);
        }

        double secondsPerUnit() {
            double[] near = undisturbed.stream()
                    .mapToDouble(Double::doubleValue)
                    .filter(window -> window <= FAR * best)
                    .toArray();
            if (near.length < ENOUGH_WINDOWS) {
                return best;
            }
            double[] later =
                    Arrays.copyOfRange(near, Math.min(near.length / 2, near.length - ENOUGH_WINDOWS), near.length);
            return median(later, later.length);
        }
    }
}
