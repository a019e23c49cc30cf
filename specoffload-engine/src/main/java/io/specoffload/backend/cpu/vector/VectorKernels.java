package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.cpu.CpuKernels;
import io.specoffload.backend.cpu.KvCells;
import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.WorkerPool;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import jdk.incubator.vector.FloatVector;

/**
 * Kernels on the Vector API, in float32. A quantized weight takes part as the float it decodes to, and all dot products
 * are summed in the order of {@link Tiles}: results are equal bit for bit whatever the number of rows, the threads and
 * the vector width, and those of a quantized matrix equal those of the same matrix in F32.
 */
public final class VectorKernels extends CpuKernels {

    /** Multiply-adds that are worth a thread's while. */
    private static final long MATMUL_WORK = 32_768;

    /** Weight rows that are decoded together; their activations are then read from the first-level cache. */
    private static final int PANEL = 2 * Tiles.SIDE;

    private final FormatCalls[] formats = new FormatCalls[DType.values().length];
    private final Scratch[] scratches;
    private final VectorAttention attention;

    public VectorKernels(WorkerPool pool) {
        super(pool);
        for (DType type : DType.values()) {
            formats[type.ordinal()] = new FormatCalls(type);
        }
        scratches = new Scratch[pool.threads()];
        for (int i = 0; i < scratches.length; i++) {
            scratches[i] = new Scratch();
        }
        attention = new VectorAttention(pool, scratches);
    }

    @Override
    public String name() {
        return "vector-" + F.vectorBitSize();
    }

    @Override
    protected void matmul(Tensor weight, float[] x, int n, float[] out) {
        FormatCalls format = formats[weight.type().ordinal()];
        long base = Memory.addressOf(weight.data());
        long rowBytes = weight.rowBytes();
        int rows = weight.rows();
        int columns = weight.columns();
        if (n == 1) {
            int minimum = (int) Math.max(1, MATMUL_WORK / columns);
            pool.run(rows, minimum, (from, to, worker) -> {
                float[] row = scratches[worker].rows(columns);
                for (int o = from; o < to; o++) {
                    out[o] = format.dot(base + o * rowBytes, columns, x, 0, row);
                }
            });
            return;
        }
        int panels = Math.ceilDiv(rows, PANEL);
        int minimum = (int) Math.max(1, MATMUL_WORK / ((long) PANEL * columns * n));
        pool.run(panels, minimum, (from, to, worker) -> {
            Scratch scratch = scratches[worker];
            float[] panel = scratch.rows(PANEL * columns);
            for (int first = from * PANEL; first < Math.min(rows, to * PANEL); first += PANEL) {
                int count = Math.min(PANEL, rows - first);
                for (int i = 0; i < count; i++) {
                    format.decode(base + (first + i) * rowBytes, columns, panel, i * columns);
                }
                multiplyPanel(panel, count, x, n, columns, out, first, rows, scratch.partial);
            }
        });
    }

    /** Takes 4 activation rows through the whole panel before the next 4. */
    private static void multiplyPanel(
            float[] panel,
            int count,
            float[] x,
            int n,
            int columns,
            float[] out,
            int first,
            int rows,
            float[] partial) {
        for (int r = 0; r < n; r += Tiles.SIDE) {
            int rowsNow = Math.min(Tiles.SIDE, n - r);
            for (int i = 0; i < count; i += Tiles.SIDE) {
                int weightsNow = Math.min(Tiles.SIDE, count - i);
                Tiles.multiply(
                        panel,
                        i * columns,
                        weightsNow,
                        x,
                        r * columns,
                        rowsNow,
                        columns,
                        out,
                        r * rows + first + i,
                        rows,
                        partial);
            }
        }
    }

    @Override
    protected void rmsNorm(float[] x, int offset, float[] weight, int width, float epsilon, float[] out) {
        float squares = Tiles.dot(x, offset, x, offset, width);
        float factor = (float) (1 / Math.sqrt(squares / width + (double) epsilon));
        for (int i = 0; i < width; i++) {
            out[offset + i] = x[offset + i] * factor * weight[i];
        }
    }

    @Override
    protected void swiglu(float[] gate, float[] up, int from, int to, int worker) {
        Functions.swiglu(gate, up, from, to, scratches[worker]);
    }

    @Override
    protected void geglu(float[] gate, float[] up, int from, int to, int worker) {
        Functions.geglu(gate, up, from, to, scratches[worker]);
    }

    @Override
    protected void softCap(float[] x, float cap, int from, int to, int worker) {
        Functions.softCap(x, cap, from, to, scratches[worker]);
    }

    @Override
    protected void rotateHalves(float[] x, int offset, float[] cosines, float[] sines, int angle, int pairs) {
        int i = 0;
        for (; i <= pairs - Lanes.L; i += Lanes.L) {
            FloatVector first = FloatVector.fromArray(F, x, offset + i);
            FloatVector second = FloatVector.fromArray(F, x, offset + pairs + i);
            FloatVector cosine = FloatVector.fromArray(F, cosines, angle + i);
            FloatVector sine = FloatVector.fromArray(F, sines, angle + i);
            first.mul(cosine).sub(second.mul(sine)).intoArray(x, offset + i);
            first.mul(sine).add(second.mul(cosine)).intoArray(x, offset + pairs + i);
        }
        for (; i < pairs; i++) {
            float first = x[offset + i];
            float second = x[offset + pairs + i];
            x[offset + i] = first * cosines[angle + i] - second * sines[angle + i];
            x[offset + pairs + i] = first * sines[angle + i] + second * cosines[angle + i];
        }
    }

    @Override
    protected void attention(AttentionBatch batch, KvCells cells, float[] queries, float[] out) {
        attention.attend(batch, cells, queries, out);
    }
}
