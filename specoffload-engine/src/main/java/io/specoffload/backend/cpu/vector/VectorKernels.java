package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.cpu.CpuKernels;
import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.WorkerPool;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;

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
        attention = new VectorAttention(formats[DType.F16.ordinal()], formats[DType.F32.ordinal()]);
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
    protected void rmsNorm(float[] x, int offset, float[] weight, float epsilon, float[] out) {
        int width = weight.length;
        float squares = Tiles.dot(x, offset, x, offset, width);
        float factor = (float) (1 / Math.sqrt(squares / width + (double) epsilon));
        for (int i = 0; i < width; i++) {
            out[offset + i] = x[offset + i] * factor * weight[i];
        }
    }

    @Override
    protected void swish(float[] gate, float[] up, float alpha, int from, int to, int worker) {
        Functions.swish(gate, up, alpha, from, to, scratches[worker]);
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
    protected void attend(AttentionBatch batch, int row, int kvHead, float[] queries, float[] out, int worker) {
        int start = windowStart(batch, batch.positions()[row]);
        attention.attend(batch, row, kvHead, start, queries, out, scratches[worker]);
    }
}
