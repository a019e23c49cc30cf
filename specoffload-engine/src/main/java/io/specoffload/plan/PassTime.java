package io.specoffload.plan;

import io.specoffload.hardware.ComputeCurve;
import io.specoffload.hardware.HostSpec;
import io.specoffload.hardware.PassCosts;
import io.specoffload.hardware.PassCosts.AttentionCost;
import io.specoffload.tensor.DType;

/**
 * Computing time of forward passes on the host, from its measured curves. Waits for weights are not part of it.
 *
 * <p>Terms 5 and 6 of the cost model: products of weight matrices by their type and number of columns, attention as
 * fetching the cache and computing scores, and what is done element by element.
 *
 * @param model what is computed
 * @param host the machine
 * @param threads that compute, at most the cores that the host's curves were measured with
 */
public record PassTime(ComputeFootprint model, HostSpec host, int threads) {

    /** Columns at which a curve shows what arithmetic alone allows. */
    private static final int MANY_COLUMNS = 32;

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
     * @param kvType elements of the caches
     */
    public double seconds(double rows, double logitRows, double context, double sequences, DType kvType) {
        PassCosts costs = costs(kvType);
        double seconds = model.layers() * costs.layerSeconds();
        for (MatrixGroup group : model.matrices()) {
            double columns = group.logitsOnly() ? logitRows : rows;
            seconds += columns <= 0 ? 0 : products(group, columns, costs.productSeconds());
        }
        return seconds
                + share() * (attention(costs, rows, context, sequences, kvType) + elements(costs, rows))
                + choices(costs, logitRows);
    }

    /** What was measured, or else what the curves that were suggest. */
    private PassCosts costs(DType kvType) {
        PassCosts measured = host.pass();
        return measured != null ? measured : TypicalCosts.of(host, kvType);
    }

    /** How much longer what all cores share takes with these threads. */
    private double share() {
        return Math.max(1, (double) host.cores() / threads);
    }

    /** Seconds to multiply a group's matrices with the columns that use them. */
    private double products(MatrixGroup group, double columns, double start) {
        ComputeCurve curve = host.compute(group.type());
        if (group.experts() == 1) {
            return group.matrices() * start + arithmetic(curve, group.elements(), Math.max(1, columns));
        }
        double weights = group.elements() / group.experts();
        return group.experts()
                * ExpertCoverage.expectedCost(
                        group.experts(),
                        group.expertsUsed(),
                        columns,
                        rows -> group.matrices() * start + arithmetic(curve, weights, rows));
    }

    private double arithmetic(ComputeCurve curve, double weights, double each) {
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

    private double attention(PassCosts costs, double rows, double context, double sequences, DType kvType) {
        AttentionCost cost = costs.attention(kvType);
        double read = sequences * context * model.kvBytesPerToken(kvType) * cost.cachedByteSeconds();
        double scores = rows * context * model.queryWidth() * model.layers() * cost.scoreSeconds();
        return read + scores;
    }

    private double elements(PassCosts costs, double rows) {
        double perRow = model.layers() * (6.0 * model.width() + 2.0 * model.queryWidth() + 3.0 * model.activeWidth());
        return rows * perRow * costs.elementSeconds();
    }

    /** One thread chooses the tokens. */
    private double choices(PassCosts costs, double logitRows) {
        return logitRows * model.vocabulary() * costs.logitSeconds();
    }
}
