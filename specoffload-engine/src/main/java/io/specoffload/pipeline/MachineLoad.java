package io.specoffload.pipeline;

import java.util.Arrays;
import java.util.List;

/**
 * Tells how slow a machine is at the moment from what a certain piece of work costs on it. Others use the machine too, which
 * makes everything slower alike, for a moment or for minutes; if each piece of work were remembered by its own latest times, that
 * which was measured then would look worse than all others.
 *
 * <p>A Kalman filter over logarithms (R. E. Kalman, A New Approach to Linear Filtering and Prediction Problems, 1960): a
 * measured time is the load, plus what is particular to the work, plus noise. The load may change from one measurement to
 * the next, and jump; what is particular hardly changes. Times are relative to what the caller expects of the work. Not
 * thread-safe.
 */
final class MachineLoad {

    /** Variance of a measurement: 7%. */
    private static final double NOISE = 0.07 * 0.07;

    /** What the load's variance grows by from one measurement to the next: 5%. */
    private static final double LOAD_DRIFT = 0.05 * 0.05;

    /** The same of each other piece of work, since costs change as contexts grow: 1%. What is measured tells by itself. */
    private static final double WORK_DRIFT = 0.01 * 0.01;

    /** Variance beyond which work does not grow more uncertain, however long ago it was measured: 20%. */
    private static final double STALE = 0.2 * 0.2;

    /** Variance of the load before anything was measured: the machine may be another one than was expected. */
    private static final double FIRST = 1;

    /** Beyond so many standard deviations a measurement is no noise: the load has changed. */
    private static final double JUMP = 3;

    /** Share of such a surprise that is laid to the work, and not to the load; above 0, or what changes for good would never be learned. */
    private static final double SUSPICION = 0.002;

    /** Measurements whose median is the usual load. */
    private static final int MEMORY = 24;

    /** Estimates: the load, then each piece of work. */
    private double[] mean = new double[1];

    /** Of the estimates, symmetric. */
    private double[][] covariance = {{FIRST}};

    /** The load after each of the latest measurements, in a ring. */
    private final double[] latest = new double[MEMORY];

    /** How much of it is filled. */
    private int known;

    private int next;
    private double usual;

    /**
     * A piece of work that an expectation is made of.
     *
     * @param work number of the piece
     * @param weight of it; those of a mixture are 1 in all
     */
    record Part(int work, double weight) {}

    /** The load's logarithm at the moment: 0 if the machine is as fast as was expected. */
    double now() {
        return mean[0];
    }

    /** The load's logarithm without its passing moments: what is to be planned with. */
    double usual() {
        return usual;
    }

    /** What is particular to a piece of work, as a logarithm: 0 if it costs as much as was expected on a machine with this load. */
    double particular(int work) {
        return mean[work];
    }

    /**
     * Adds a piece of work.
     *
     * @param mixture of other work that it is expected to be like; may be empty
     * @param variance of what is not known about it
     * @return its number
     */
    int add(List<Part> mixture, double variance) {
        int added = mean.length;
        mean = Arrays.copyOf(mean, added + 1);
        covariance = Arrays.copyOf(covariance, added + 1);
        covariance[added] = new double[added];
        for (int i = 0; i <= added; i++) {
            covariance[i] = Arrays.copyOf(covariance[i], added + 1);
        }
        expect(added, mixture, variance);
        return added;
    }

    /** Forgets what was measured of a piece of work; what is expected of it is as in {@link #add}. */
    void expect(int work, List<Part> mixture, double variance) {
        double[] row = new double[mean.length];
        double expected = 0;
        for (Part part : mixture) {
            expected += part.weight() * mean[part.work()];
            for (int i = 0; i < row.length; i++) {
                row[i] += part.weight() * covariance[part.work()][i];
            }
        }
        double own = variance;
        for (Part part : mixture) {
            own += part.weight() * row[part.work()];
        }
        row[work] = own;
        for (int i = 0; i < row.length; i++) {
            covariance[i][work] = row[i];
        }
        covariance[work] = row;
        mean[work] = expected;
    }

    /**
     * Takes a measurement in.
     *
     * @param time logarithm of the measured over the expected time
     */
    void observe(int work, double time) {
        covariance[0][0] += LOAD_DRIFT;
        for (int i = 1; i < mean.length; i++) {
            if (i != work && variance(i) - NOISE < STALE) {
                covariance[i][i] += WORK_DRIFT;
            }
        }
        double surprise = time - mean[0] - mean[work];
        double variance = variance(work);
        if (surprise * surprise > JUMP * JUMP * variance) {
            double jump = surprise * surprise - variance;
            covariance[0][0] += (1 - SUSPICION) * jump;
            covariance[work][work] += SUSPICION * jump;
            variance = variance(work);
        }
        correct(work, surprise, variance);
        latest[next] = mean[0];
        next = (next + 1) % MEMORY;
        known = Math.max(known, next == 0 ? MEMORY : next);
        double[] sorted = Arrays.copyOf(latest, known);
        Arrays.sort(sorted);
        usual = sorted[sorted.length / 2];
    }

    private void correct(int work, double surprise, double variance) {
        int count = mean.length;
        double[] gain = new double[count];
        for (int i = 0; i < count; i++) {
            gain[i] = (covariance[i][0] + covariance[i][work]) / variance;
            mean[i] += gain[i] * surprise;
        }
        for (int i = 0; i < count; i++) {
            for (int j = 0; j <= i; j++) {
                covariance[i][j] -= gain[i] * gain[j] * variance;
                covariance[j][i] = covariance[i][j];
            }
        }
    }

    /** Of what a measurement of this work will be. */
    private double variance(int work) {
        return covariance[0][0] + 2 * covariance[0][work] + covariance[work][work] + NOISE;
    }

    /**
     * How uncertain the time of something like a mixture of work is now, as the standard deviation of its logarithm.
     *
     * @param variance of what is not known about it beyond
     */
    double deviation(List<Part> mixture, double variance) {
        double sum = covariance[0][0] + variance;
        for (Part one : mixture) {
            sum += 2 * one.weight() * covariance[0][one.work()];
            for (Part other : mixture) {
                sum += one.weight() * other.weight() * covariance[one.work()][other.work()];
            }
        }
        return Math.sqrt(Math.max(0, sum));
    }
}
