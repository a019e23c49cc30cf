package io.specoffload.backend.cpu;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.Buffer;
import io.specoffload.backend.Kernels;
import io.specoffload.backend.KvView;
import io.specoffload.backend.RopeTable;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;

/**
 * What all CPU kernels share: the checks, and the operations that move data or round each element once, so that there
 * is nothing to vectorize by hand and no freedom in the result. Subclasses compute on the plain arrays. Scratch memory is
 * touched only within the pool's calls, which run one after the other: several threads may use the same kernels.
 */
public abstract class CpuKernels implements Kernels {

    /** Elements of a cheap loop that are worth another thread. */
    protected static final int CHEAP = 16_384;

    /** Runs the pieces. */
    protected final WorkerPool pool;

    protected CpuKernels(WorkerPool pool) {
        this.pool = pool;
    }

    @Override
    public final Set<DType> weightTypes() {
        return Collections.unmodifiableSet(EnumSet.allOf(DType.class));
    }

    @Override
    public void embed(Tensor table, int[] tokens, int n, Buffer out) {
        int width = table.columns();
        float[] target = HostBuffer.floats(out, (long) n * width);
        WeightFormat format = WeightFormat.of(table.type());
        long base = Memory.addressOf(table.data());
        for (int r = 0; r < n; r++) {
            int token = tokens[r];
            if (token < 0 || token >= table.rows()) {
                throw new IllegalArgumentException(
                        table.name() + ": no row for token " + token + " of row " + r + ", there are " + table.rows());
            }
            format.decode(base + token * table.rowBytes(), width, target, r * width);
        }
    }

    @Override
    public void gatherRows(Buffer x, int[] rows, int count, int width, Buffer out) {
        float[] source = HostBuffer.floats(x, width);
        float[] target = HostBuffer.floats(out, (long) count * width);
        for (int i = 0; i < count; i++) {
            System.arraycopy(source, Math.multiplyExact(rows[i], width), target, i * width, width);
        }
    }

    @Override
    public void addScattered(Buffer x, int[] rows, float[] factors, int width, Buffer out) {
        float[] source = HostBuffer.floats(x, (long) rows.length * width);
        float[] target = HostBuffer.floats(out, width);
        pool.run(rows.length, Math.max(1, CHEAP / width), (from, to, worker) -> {
            for (int i = from; i < to; i++) {
                int offset = Math.multiplyExact(rows[i], width);
                for (int k = 0; k < width; k++) {
                    target[offset + k] += factors[i] * source[i * width + k];
                }
            }
        });
    }

    @Override
    public final void matmul(Tensor weight, Buffer x, int n, Buffer out) {
        float[] input = HostBuffer.floats(x, (long) n * weight.columns());
        float[] output = HostBuffer.floats(out, (long) n * weight.rows());
        if (x.equals(out)) {
            throw new IllegalArgumentException(weight.name() + ": matmul cannot run in place");
        }
        if (n > 0) {
            matmul(weight, input, n, output);
        }
    }

    /** See {@link Kernels#matmul}; n is positive, the arrays suffice and differ. */
    protected abstract void matmul(Tensor weight, float[] x, int n, float[] out);

    @Override
    public final void rmsNorm(Buffer x, Tensor weight, float epsilon, int groups, Buffer out) {
        int width = weight.columns();
        float[] input = HostBuffer.floats(x, (long) groups * width);
        float[] output = HostBuffer.floats(out, (long) groups * width);
        float[] factors = decodeVector(weight);
        pool.run(groups, Math.max(1, CHEAP / width), (from, to, worker) -> {
            for (int g = from; g < to; g++) {
                rmsNorm(input, g * width, factors, epsilon, output);
            }
        });
    }

    /** Normalizes {@code weight.length} elements of x at offset into out at the same offset. */
    protected abstract void rmsNorm(float[] x, int offset, float[] weight, float epsilon, float[] out);

    private static float[] decodeVector(Tensor vector) {
        float[] values = new float[vector.columns()];
        WeightFormat.of(vector.type()).decode(Memory.addressOf(vector.data()), values.length, values, 0);
        return values;
    }

    @Override
    public void addBias(Buffer x, Tensor bias, int n) {
        int width = bias.columns();
        float[] values = HostBuffer.floats(x, (long) n * width);
        float[] summand = decodeVector(bias);
        for (int r = 0; r < n; r++) {
            for (int i = 0; i < width; i++) {
                values[r * width + i] += summand[i];
            }
        }
    }

    @Override
    public void add(Buffer x, Buffer y, int elements) {
        float[] values = HostBuffer.floats(x, elements);
        float[] summand = HostBuffer.floats(y, elements);
        pool.run(elements, CHEAP, (from, to, worker) -> {
            for (int i = from; i < to; i++) {
                values[i] += summand[i];
            }
        });
    }

    @Override
    public void scale(Buffer x, float factor, int elements) {
        float[] values = HostBuffer.floats(x, elements);
        pool.run(elements, CHEAP, (from, to, worker) -> {
            for (int i = from; i < to; i++) {
                values[i] *= factor;
            }
        });
    }

    @Override
    public final void swiglu(Buffer gate, Buffer up, int elements) {
        float[] values = HostBuffer.floats(gate, elements);
        float[] factors = HostBuffer.floats(up, elements);
        pool.run(elements, CHEAP / 8, (from, to, worker) -> swish(values, factors, 1f, from, to, worker));
    }

    @Override
    public final void geglu(Buffer gate, Buffer up, int elements) {
        float[] values = HostBuffer.floats(gate, elements);
        float[] factors = HostBuffer.floats(up, elements);
        pool.run(elements, CHEAP / 8, (from, to, worker) -> geglu(values, factors, from, to, worker));
    }

    /** See {@link Kernels#geglu}, for elements from to to - 1; any split gives the same result. */
    protected abstract void geglu(float[] gate, float[] up, int from, int to, int worker);

    @Override
    public final void clampedSwiglu(Buffer gate, Buffer up, float alpha, float limit, int elements) {
        float[] values = HostBuffer.floats(gate, elements);
        float[] factors = HostBuffer.floats(up, elements);
        pool.run(elements, CHEAP / 8, (from, to, worker) -> {
            for (int i = from; i < to; i++) {
                values[i] = Math.min(values[i], limit);
                factors[i] = Math.clamp(factors[i], -limit, limit) + 1;
            }
            swish(values, factors, alpha, from, to, worker);
        });
    }

    /** gate = gate / (1 + e^(-alpha gate)) * up, for elements from to to - 1; any split gives the same result. */
    protected abstract void swish(float[] gate, float[] up, float alpha, int from, int to, int worker);

    @Override
    public final void softCap(Buffer x, float cap, int elements) {
        float[] values = HostBuffer.floats(x, elements);
        pool.run(elements, CHEAP / 8, (from, to, worker) -> softCap(values, cap, from, to, worker));
    }

    /** See {@link Kernels#softCap}, for elements from to to - 1; any split gives the same result. */
    protected abstract void softCap(float[] x, float cap, int from, int to, int worker);

    @Override
    public void rope(Buffer x, int[] positions, int n, int heads, int headSize, RopeTable table) {
        int pairs = table.frequencies().length;
        if (2 * pairs > headSize) {
            throw new IllegalArgumentException(2 * pairs + " rotated dimensions in heads of " + headSize);
        }
        int width = heads * headSize;
        float[] values = HostBuffer.floats(x, (long) n * width);
        pool.run(n, Math.max(1, CHEAP / 32 / width), (from, to, worker) -> {
            float[] cosines = new float[pairs];
            float[] sines = new float[pairs];
            for (int r = from; r < to; r++) {
                for (int i = 0; i < pairs; i++) {
                    double angle = (double) positions[r] * table.frequencies()[i];
                    cosines[i] = (float) (Math.cos(angle) * table.magnitude());
                    sines[i] = (float) (Math.sin(angle) * table.magnitude());
                }
                for (int h = 0; h < heads; h++) {
                    rotate(values, r * width + h * headSize, cosines, sines, table.interleaved());
                }
            }
        });
    }

    private static void rotate(float[] x, int offset, float[] cosines, float[] sines, boolean interleaved) {
        int pairs = cosines.length;
        int step = interleaved ? 2 : 1;
        int partner = interleaved ? 1 : pairs;
        for (int i = 0; i < pairs; i++) {
            int a = offset + step * i;
            int b = a + partner;
            float first = x[a];
            float second = x[b];
            x[a] = first * cosines[i] - second * sines[i];
            x[b] = first * sines[i] + second * cosines[i];
        }
    }

    @Override
    public void storeKv(AttentionBatch batch, Buffer keys, Buffer values) {
        int width = batch.kvHeads() * batch.headSize();
        float[] k = HostBuffer.floats(keys, (long) batch.rows() * width);
        float[] v = HostBuffer.floats(values, (long) batch.rows() * width);
        for (int r = 0; r < batch.rows(); r++) {
            KvView view = batch.views().get(r);
            int position = batch.positions()[r];
            KvBlock block = KvBlock.of(view, position / view.blockPositions(), batch);
            int slot = position % view.blockPositions();
            for (int h = 0; h < batch.kvHeads(); h++) {
                int from = r * width + h * batch.headSize();
                block.store(block.key(h, slot), k, from, batch.headSize());
                block.store(block.value(h, slot), v, from, batch.headSize());
            }
        }
    }

    @Override
    public final void attention(AttentionBatch batch, Buffer queries, Buffer out) {
        long floats = (long) batch.rows() * batch.heads() * batch.headSize();
        float[] q = HostBuffer.floats(queries, floats);
        float[] target = HostBuffer.floats(out, floats);
        if (batch.kvHeads() < 1 || batch.heads() % batch.kvHeads() != 0) {
            throw new IllegalArgumentException(batch.heads() + " heads over " + batch.kvHeads() + " key/value heads");
        }
        for (int r = 0; r < batch.rows(); r++) {
            DType type = batch.views().get(r).type();
            if (type != DType.F32 && type != DType.F16) {
                throw new IllegalArgumentException("the CPU kernels do not support a key/value cache of " + type);
            }
        }
        int kvHeads = batch.kvHeads();
        pool.run(batch.rows() * kvHeads, 1, (from, to, worker) -> {
            for (int i = from; i < to; i++) {
                attend(batch, i / kvHeads, i % kvHeads, q, target, worker);
            }
        });
    }

    /** Attention of one row's query heads that share key/value head {@code kvHead}. */
    protected abstract void attend(AttentionBatch batch, int row, int kvHead, float[] queries, float[] out, int worker);

    /** The first position that a row at {@code position} sees. */
    protected static int windowStart(AttentionBatch batch, int position) {
        return Math.max(0, position - batch.options().window() + 1);
    }
}
