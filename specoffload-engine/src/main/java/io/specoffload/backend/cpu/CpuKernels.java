package io.specoffload.backend.cpu;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.AttentionOptions;
import io.specoffload.backend.Buffer;
import io.specoffload.backend.Kernels;
import io.specoffload.backend.KvBlockFormat;
import io.specoffload.backend.KvView;
import io.specoffload.backend.RopeTable;
import io.specoffload.backend.cpu.KernelTasks.Operation;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * What all CPU kernels share: the checks, and the operations that move data or round each element once, so that there
 * is nothing to vectorize by hand and no freedom in the result. Subclasses compute on the plain arrays. Calls run one
 * after the other, so that several threads may use the same kernels; scratch memory and the pool's tasks are kept from
 * call to call, and in the steady state no call allocates.
 */
@SuppressWarnings("this-escape") // the tasks call back only when a kernel is called
public abstract class CpuKernels implements Kernels {

    /** Elements of a cheap loop that are worth another thread. */
    protected static final int CHEAP = 16_384;

    /** Angles kept: kinds of layers of a target and a draft model. */
    private static final int ANGLES = 4;

    static final AttentionBatch NO_ATTENTION =
            new AttentionBatch(0, List.of(), new int[0], 0, 1, 1, 1, AttentionOptions.causal(1));
    static final KvCells NO_CELLS = new KvCells(new KvBlockFormat(DType.F32, 1, 1));

    private static final float[] NONE = {};

    /** Runs the pieces. */
    protected final WorkerPool pool;

    /** Guards the tasks and the scratch memory below, and a subclass's own. */
    protected final ReentrantLock lock = new ReentrantLock();

    private final KernelTasks.Elements elementsTask = new KernelTasks.Elements(this);
    private final KernelTasks.Norm normTask = new KernelTasks.Norm(this);
    private final KernelTasks.Scatter scatterTask = new KernelTasks.Scatter();
    private final KernelTasks.Rope ropeTask = new KernelTasks.Rope(this);
    private final KernelTasks.Store storeTask = new KernelTasks.Store();
    private final WeightFormat[] formats = new WeightFormat[DType.values().length];
    private final RopeAngles[] angles = new RopeAngles[ANGLES];
    private final List<KvCells> cells = new ArrayList<>();
    private int nextAngles;
    private float[] vector = {};

    protected CpuKernels(WorkerPool pool) {
        this.pool = pool;
        for (DType type : WeightFormat.SUPPORTED) {
            formats[type.ordinal()] = WeightFormat.of(type);
        }
        for (int i = 0; i < ANGLES; i++) {
            angles[i] = new RopeAngles();
        }
    }

    @Override
    public final Set<DType> weightTypes() {
        return Collections.unmodifiableSet(EnumSet.allOf(DType.class));
    }

    @Override
    public void embed(Tensor table, int[] tokens, int n, Buffer out) {
        int width = table.columns();
        float[] target = HostBuffer.floats(out, (long) n * width);
        WeightFormat format = formats[table.type().ordinal()];
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
    public final void placeColumns(Buffer x, int n, int count, Buffer out, int from, int width) {
        float[] source = HostBuffer.floats(x, (long) n * count);
        float[] target = HostBuffer.floats(out, (long) n * width);
        for (int r = 0; r < n; r++) {
            System.arraycopy(source, r * count, target, r * width + from, count);
        }
    }

    @Override
    public void addScattered(Buffer x, int[] rows, float[] factors, int width, Buffer out) {
        float[] source = HostBuffer.floats(x, (long) rows.length * width);
        float[] target = HostBuffer.floats(out, width);
        lock.lock();
        try {
            pool.run(rows.length, Math.max(1, CHEAP / width), scatterTask.of(source, rows, factors, width, target));
        } finally {
            lock.unlock();
        }
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
        norm(x, null, weight, epsilon, groups, out);
    }

    @Override
    public final void addRmsNorm(Buffer x, Buffer y, Tensor weight, float epsilon, int groups, Buffer out) {
        norm(x, y, weight, epsilon, groups, out);
    }

    private void norm(Buffer x, @Nullable Buffer y, Tensor weight, float epsilon, int groups, Buffer out) {
        int width = weight.columns();
        float[] input = HostBuffer.floats(x, (long) groups * width);
        float[] summand = y == null ? NONE : HostBuffer.floats(y, (long) groups * width);
        float[] output = HostBuffer.floats(out, (long) groups * width);
        lock.lock();
        try {
            decode(weight, normTask.weight(width));
            pool.run(groups, Math.max(1, CHEAP / width), normTask.of(input, summand, epsilon, output));
        } finally {
            lock.unlock();
        }
    }

    /** Normalizes {@code width} elements of x at offset into out at the same offset; weight has at least that many. */
    protected abstract void rmsNorm(float[] x, int offset, float[] weight, int width, float epsilon, float[] out);

    private void decode(Tensor tensor, float[] target) {
        formats[tensor.type().ordinal()].decode(Memory.addressOf(tensor.data()), tensor.columns(), target, 0);
    }

    @Override
    public void addBias(Buffer x, Tensor bias, int n) {
        int width = bias.columns();
        float[] values = HostBuffer.floats(x, (long) n * width);
        lock.lock();
        try {
            if (vector.length < width) {
                vector = new float[width];
            }
            decode(bias, vector);
            for (int r = 0; r < n; r++) {
                KernelTasks.add(values, r * width, vector, 0, width);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void add(Buffer x, Buffer y, int elements) {
        elements(Operation.ADD, HostBuffer.floats(x, elements), HostBuffer.floats(y, elements), 0, elements, CHEAP);
    }

    @Override
    public void scale(Buffer x, float factor, int elements) {
        elements(Operation.SCALE, HostBuffer.floats(x, elements), NONE, factor, elements, CHEAP);
    }

    @Override
    public final void swiglu(Buffer gate, Buffer up, int elements) {
        float[] values = HostBuffer.floats(gate, elements);
        elements(Operation.SWISH, values, HostBuffer.floats(up, elements), 1, elements, CHEAP / 8);
    }

    @Override
    public final void geglu(Buffer gate, Buffer up, int elements) {
        float[] values = HostBuffer.floats(gate, elements);
        elements(Operation.GEGLU, values, HostBuffer.floats(up, elements), 0, elements, CHEAP / 8);
    }

    /** See {@link Kernels#geglu}, for elements from to to - 1; any split gives the same result. */
    protected abstract void geglu(float[] gate, float[] up, int from, int to, int worker);

    @Override
    public final void clampedSwiglu(Buffer gate, Buffer up, float alpha, float limit, int elements) {
        float[] values = HostBuffer.floats(gate, elements);
        float[] factors = HostBuffer.floats(up, elements);
        elements(Operation.CLAMP, values, factors, limit, elements, CHEAP);
        elements(Operation.SWISH, values, factors, alpha, elements, CHEAP / 8);
    }

    /** gate = gate / (1 + e^(-alpha gate)) * up, for elements from to to - 1; any split gives the same result. */
    protected abstract void swish(float[] gate, float[] up, float alpha, int from, int to, int worker);

    @Override
    public final void softCap(Buffer x, float cap, int elements) {
        elements(Operation.SOFT_CAP, HostBuffer.floats(x, elements), NONE, cap, elements, CHEAP / 8);
    }

    /** See {@link Kernels#softCap}, for elements from to to - 1; any split gives the same result. */
    protected abstract void softCap(float[] x, float cap, int from, int to, int worker);

    private void elements(Operation operation, float[] x, float[] y, float factor, int elements, int minimum) {
        lock.lock();
        try {
            pool.run(elements, minimum, elementsTask.of(operation, x, y, factor));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void rope(Buffer x, int[] positions, int n, int heads, int headSize, RopeTable table) {
        int pairs = table.frequencies().length;
        if (2 * pairs > headSize) {
            throw new IllegalArgumentException(2 * pairs + " rotated dimensions in heads of " + headSize);
        }
        int width = heads * headSize;
        float[] values = HostBuffer.floats(x, (long) n * width);
        lock.lock();
        try {
            RopeAngles own = angles(table, positions, n);
            pool.run(
                    n,
                    Math.max(1, CHEAP / 2 / width),
                    ropeTask.of(values, heads, headSize, pairs, table.interleaved(), own));
        } finally {
            lock.unlock();
        }
    }

    private RopeAngles angles(RopeTable table, int[] positions, int n) {
        for (RopeAngles kept : angles) {
            if (kept.are(table, positions, n)) {
                return kept;
            }
        }
        RopeAngles replaced = angles[nextAngles];
        nextAngles = (nextAngles + 1) % ANGLES;
        replaced.compute(table, positions, n);
        return replaced;
    }

    /**
     * Rotates the pairs (offset + i, offset + pairs + i) of x.
     *
     * @param cosines one per pair, from {@code angle}; sines likewise
     */
    protected void rotateHalves(float[] x, int offset, float[] cosines, float[] sines, int angle, int pairs) {
        for (int i = 0; i < pairs; i++) {
            float first = x[offset + i];
            float second = x[offset + pairs + i];
            x[offset + i] = first * cosines[angle + i] - second * sines[angle + i];
            x[offset + pairs + i] = first * sines[angle + i] + second * cosines[angle + i];
        }
    }

    @Override
    public void storeKv(AttentionBatch batch, Buffer keys, Buffer values) {
        long floats = (long) batch.rows() * batch.kvHeads() * batch.headSize();
        float[] k = HostBuffer.floats(keys, floats);
        float[] v = HostBuffer.floats(values, floats);
        if (batch.rows() == 0) {
            return;
        }
        lock.lock();
        try {
            int minimum = Math.max(1, CHEAP / 4 / (batch.kvHeads() * batch.headSize()));
            pool.run(batch.rows(), minimum, storeTask.of(batch, cells(batch), k, v));
        } finally {
            lock.unlock();
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
        if (batch.rows() == 0) {
            return;
        }
        lock.lock();
        try {
            attention(batch, cells(batch), q, target);
        } finally {
            lock.unlock();
        }
    }

    /** See {@link Kernels#attention}; there is at least one row. Called under the lock. */
    protected abstract void attention(AttentionBatch batch, KvCells batchCells, float[] queries, float[] out);

    /** Checks that all rows' caches are alike and supported. */
    private KvCells cells(AttentionBatch batch) {
        DType type = batch.views().getFirst().type();
        for (int r = 0; r < batch.rows(); r++) {
            KvView view = batch.views().get(r);
            if (!KvBlockFormat.isSupported(view.type())
                    || view.type() != type
                    || view.blockPositions() != KvBlockFormat.POSITIONS) {
                throw new IllegalArgumentException("the CPU kernels do not support a key/value cache of " + view.type()
                        + " in blocks of " + view.blockPositions() + " positions beside one of " + type);
            }
        }
        for (int i = 0; i < cells.size(); i++) {
            KvBlockFormat format = cells.get(i).format();
            if (format.type() == type && format.kvHeads() == batch.kvHeads() && format.headSize() == batch.headSize()) {
                return cells.get(i);
            }
        }
        KvCells made = new KvCells(new KvBlockFormat(type, batch.kvHeads(), batch.headSize()));
        cells.add(made);
        return made;
    }

    /** The first position that a row at {@code position} sees. */
    protected static int windowStart(AttentionBatch batch, int position) {
        return Math.max(0, position - batch.options().window() + 1);
    }
}
