package io.specoffload.plan;

import io.specoffload.hardware.ComputeCurve;
import io.specoffload.hardware.HostSpec;

/**
 * Computing time of forward passes on the host, from its measured curves. Waits for weights are not part of it.
 *
 * <p>Terms 5 and 6 of the cost model: products of weight matrices by their type and number of columns, attention as the
 * larger of reading the cache and computing scores, and what is done element by element.
 *
 * @param model what is computed
 * @param host the machine
 * @param threads that compute, at most the cores that the host's curves were measured with
 */
public record PassTime(ComputeFootprint model, HostSpec host, int threads) {

    /** Attention computes with short vectors of scattered rows: this share of what matrix products reach. */
    private static final double ATTENTION_SHARE = 0.3;

    /** Columns at which a curve shows what arithmetic alone allows. */
    private static final int MANY_COLUMNS = 32;

    /** Starting, splitting and joining the kernels of one layer. */
    private static final double LAYER_SECONDS = 30e-6;

    /** Norms, rotation, activation functions and copies, per element of a row and layer. */
    private static final double ELEMENT_SECONDS = 1.5e-9;

    /** Choosing a token among the vocabulary, per element and row of logits. */
    private static final double LOGIT_SECONDS = 1e-9;

    public PassTime {
        if (threads < 1) {
            throw new IllegalArgumentException("threads is " + threads + ", but must be at least 1");
        }
    }

    /**
     * Seconds of one pass.
     *
     * @param rows tokens in the pass, above 0; an average need not be whole
     * @param logitRows rows whose logits are wanted
     * @param context positions that each row attends to, on average
     * @param sequences whose caches are read
     */
    public double seconds(double rows, double logitRows, double context, double sequences) {
        double seconds = model.layers() * LAYER_SECONDS;
        for (MatrixGroup group : model.matrices()) {
            double columns = group.logitsOnly() ? logitRows : rows;
            seconds += columns <= 0 ? 0 : products(group, columns);
        }
        return seconds + attention(rows, context, sequences) + elements(rows, logitRows);
    }

    /** Seconds to multiply a group's matrices with the columns that use them. */
    private double products(MatrixGroup group, double columns) {
        double distinct =
                group.experts() == 1 ? 1 : ExpertCoverage.distinct(group.experts(), group.expertsUsed(), columns);
        double weights = group.elements() * distinct / group.experts();
        double each = Math.max(1, columns * group.expertsUsed() / distinct);
        ComputeCurve curve = host.compute(group.type());
        double measured = curve.seconds(weights, each);
        if (threads >= host.cores()) {
            return measured;
        }
        // fewer threads: what arithmetic takes is shared by fewer; what reading takes, by fewer readers
        double arithmetic = measured * host.cores() / threads;
        double readers = host.ramReadBytesPerSecond().at(host.cores())
                / host.ramReadBytesPerSecond().at(threads);
        double arithmeticAlone = 2 * weights * each / (curve.gigaflops(MANY_COLUMNS) * 1e9);
        return arithmeticAlone < measured / 2 ? Math.min(arithmetic, measured * Math.max(1, readers)) : arithmetic;
    }

    private double attention(double rows, double context, double sequences) {
        double bytes = sequences * context * model.kvBytesPerToken();
        double read = bytes / host.ramReadBytesPerSecond().at(threads);
        double flop = 4 * rows * context * model.queryWidth() * model.layers();
        double rate = ATTENTION_SHARE * peak();
        return Math.max(read, flop / rate);
    }

    /** Floating-point operations per second of the fastest products, with these threads. */
    private double peak() {
        double best = host.gigaflops().values().stream()
                .mapToDouble(curve -> curve.gigaflops(MANY_COLUMNS))
                .max()
                .orElseThrow();
        return best * 1e9 * Math.min(1, (double) threads / host.cores());
    }

    private double elements(double rows, double logitRows) {
        double perRow = model.layers() * (6.0 * model.width() + 2.0 * model.queryWidth() + 3.0 * model.activeWidth());
        double shared = Math.min(threads, rows);
        return rows * perRow * ELEMENT_SECONDS / shared + logitRows * model.vocabulary() * LOGIT_SECONDS;
    }
}
