package io.specoffload.backend.cpu;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.KvBlockFormat;
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

    private static final int POSITIONS = KvBlockFormat.POSITIONS;

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
    protected void rmsNorm(float[] x, int offset, float[] weight, int width, float epsilon, float[] out) {
        double squares = 0;
        for (int i = 0; i < width; i++) {
            squares += (double) x[offset + i] * x[offset + i];
        }
        double factor = 1 / Math.sqrt(squares / width + epsilon);
        for (int i = 0; i < width; i++) {
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
    protected void attention(AttentionBatch batch, KvCells cells, float[] queries, float[] out) {
        pool.run(batch.rows() * batch.heads(), 1, (from, to, worker) -> {
            double[] sum = new double[batch.headSize()];
            for (int i = from; i < to; i++) {
                attend(batch, cells, i / batch.heads(), i % batch.heads(), queries, sum);
                for (int j = 0; j < sum.length; j++) {
                    out[i * batch.headSize() + j] = (float) sum[j];
                }
            }
        });
    }

    private static void attend(AttentionBatch batch, KvCells cells, int row, int head, float[] queries, double[] sum) {
        int position = batch.positions()[row];
        int start = windowStart(batch, position);
        int kvHead = head / (batch.heads() / batch.kvHeads());
        double[] weights = new double[position - start + 1];
        int offset = (row * batch.heads() + head) * batch.headSize();
        float cap = batch.options().softCap();
        for (int i = 0; i < weights.length; i++) {
            long block = cells.block(batch, row, start + i);
            double dot = 0;
            for (int j = 0; j < sum.length; j++) {
                dot += (double) queries[offset + j] * cells.key(block, kvHead, (start + i) % POSITIONS, j);
            }
            double score = dot * batch.options().scale();
            weights[i] = cap == 0 ? score : cap * Math.tanh(score / cap);
        }
        softmax(weights, batch.sink(head));
        Arrays.fill(sum, 0);
        for (int i = 0; i < weights.length; i++) {
            long block = cells.block(batch, row, start + i);
            for (int j = 0; j < sum.length; j++) {
                sum[j] += weights[i] * cells.value(block, kvHead, (start + i) % POSITIONS, j);
            }
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
}
