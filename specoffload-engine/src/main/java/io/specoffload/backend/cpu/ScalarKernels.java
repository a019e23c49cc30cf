package io.specoffload.backend.cpu;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.KvView;
import io.specoffload.tensor.Tensor;
import java.util.Arrays;

/**
 * The oracle: plain loops that read like the formulas. Sums run in double precision in ascending order, so that their
 * rounding is far below that of float kernels; results are rounded to float once. Also the fallback of a JVM without
 * the Vector API.
 */
public final class ScalarKernels extends CpuKernels {

    /** Rows of weights that are worth a thread's while, in multiply-adds. */
    private static final int MATMUL_WORK = 8192;

    private static final double SQRT_2_OVER_PI = Math.sqrt(2 / Math.PI);

    public ScalarKernels(WorkerPool pool) {
        super(pool);
    }

    @Override
    public String name() {
        return "scalar";
    }

    @Override
    protected void matmul(Tensor weight, float[] x, int n, float[] out) {
        int columns = weight.columns();
        int rows = weight.rows();
        WeightFormat format = WeightFormat.of(weight.type());
        long base = Memory.addressOf(weight.data());
        long rowBytes = weight.rowBytes();
        int minimum = (int) Math.max(1, MATMUL_WORK / ((long) columns * n));
        pool.run(rows, minimum, (from, to, worker) -> {
            float[] w = new float[columns];
            for (int o = from; o < to; o++) {
                format.decode(base + o * rowBytes, columns, w, 0);
                for (int r = 0; r < n; r++) {
                    out[r * rows + o] = (float) dot(w, x, r * columns);
                }
            }
        });
    }

    private static double dot(float[] w, float[] x, int offset) {
        double sum = 0;
        for (int k = 0; k < w.length; k++) {
            sum += (double) w[k] * x[offset + k];
        }
        return sum;
    }

    @Override
    protected void rmsNorm(float[] x, int offset, float[] weight, float epsilon, float[] out) {
        double squares = 0;
        for (int i = 0; i < weight.length; i++) {
            squares += (double) x[offset + i] * x[offset + i];
        }
        double factor = 1 / Math.sqrt(squares / weight.length + epsilon);
        for (int i = 0; i < weight.length; i++) {
            out[offset + i] = (float) (x[offset + i] * factor * weight[i]);
        }
    }

    @Override
    protected void swish(float[] gate, float[] up, float alpha, int from, int to, int worker) {
        for (int i = from; i < to; i++) {
            double g = gate[i];
            gate[i] = (float) (g / (1 + Math.exp(-alpha * g)) * up[i]);
        }
    }

    @Override
    protected void geglu(float[] gate, float[] up, int from, int to, int worker) {
        for (int i = from; i < to; i++) {
            double g = gate[i];
            double gelu = 0.5 * g * (1 + Math.tanh(SQRT_2_OVER_PI * (g + 0.044715 * g * g * g)));
            gate[i] = (float) (gelu * up[i]);
        }
    }

    @Override
    protected void softCap(float[] x, float cap, int from, int to, int worker) {
        for (int i = from; i < to; i++) {
            x[i] = (float) (cap * Math.tanh((double) x[i] / cap));
        }
    }

    @Override
    protected void attend(AttentionBatch batch, int row, int kvHead, float[] queries, float[] out, int worker) {
        int position = batch.positions()[row];
        int start = windowStart(batch, position);
        double[] weights = new double[position - start + 1];
        double[] sum = new double[batch.headSize()];
        int group = batch.heads() / batch.kvHeads();
        for (int head = kvHead * group; head < (kvHead + 1) * group; head++) {
            int offset = (row * batch.heads() + head) * batch.headSize();
            scores(batch, row, kvHead, queries, offset, start, weights);
            softmax(weights, batch.sink(head));
            weighValues(batch, row, kvHead, start, weights, sum);
            for (int i = 0; i < sum.length; i++) {
                out[offset + i] = (float) sum[i];
            }
        }
    }

    private static void scores(
            AttentionBatch batch, int row, int kvHead, float[] q, int offset, int start, double[] scores) {
        KvView view = batch.views().get(row);
        float cap = batch.options().softCap();
        for (int i = 0; i < scores.length; i++) {
            int position = start + i;
            KvBlock block = KvBlock.of(view, position / view.blockPositions(), batch);
            long key = block.key(kvHead, position % view.blockPositions());
            double dot = 0;
            for (int j = 0; j < batch.headSize(); j++) {
                dot += (double) q[offset + j] * block.load(key, j);
            }
            double score = dot * batch.options().scale();
            scores[i] = cap == 0 ? score : cap * Math.tanh(score / cap);
        }
    }

    /** The softmax over the scores and one more, the sink, whose share is left out. */
    private static void softmax(double[] scores, double sink) {
        double max = sink;
        for (double score : scores) {
            max = Math.max(max, score);
        }
        double total = Math.exp(sink - max);
        for (int i = 0; i < scores.length; i++) {
            scores[i] = Math.exp(scores[i] - max);
            total += scores[i];
        }
        for (int i = 0; i < scores.length; i++) {
            scores[i] /= total;
        }
    }

    private static void weighValues(
            AttentionBatch batch, int row, int kvHead, int start, double[] weights, double[] sum) {
        KvView view = batch.views().get(row);
        Arrays.fill(sum, 0);
        for (int i = 0; i < weights.length; i++) {
            int position = start + i;
            KvBlock block = KvBlock.of(view, position / view.blockPositions(), batch);
            long value = block.value(kvHead, position % view.blockPositions());
            for (int j = 0; j < sum.length; j++) {
                sum[j] += weights[i] * block.load(value, j);
            }
        }
    }
}
