package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.cpu.CpuKernels;
import io.specoffload.backend.cpu.KvCells;
import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.WorkerPool;
import io.specoffload.backend.cpu.x86.MachineProducts;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import jdk.incubator.vector.FloatVector;
import org.jspecify.annotations.Nullable;

/**
 * Kernels on the Vector API, in float32. A quantized weight takes part as the float it decodes to, and all dot products
 * are summed in the order of {@link Tiles}: results are equal bit for bit whatever the number of rows, the threads and
 * the vector width, and those of a quantized matrix equal those of the same matrix in F32.
 */
public final class VectorKernels extends CpuKernels {

    /** Types whose own loop for a single column is faster than the common one. */
    private static final Set<DType> OWN_LOOP = Collections.unmodifiableSet(ownLoops());

    private final FormatCalls[] formats = new FormatCalls[DType.values().length];
    private final @Nullable DirectCalls[] directFormats = new DirectCalls[DType.values().length];
    private final @Nullable SingleRowCalls[] singleRowFormats = new SingleRowCalls[DType.values().length];
    private final Scratch[] scratches;
    private final VectorAttention attention;

    /** Held for the duration of a product, which keeps its arguments in fields so that no call takes memory. */
    private final ReentrantLock productLock = new ReentrantLock();

    private final @Nullable MachineProducts machine;
    private final RowProduct single;
    private final DirectProduct direct;
    private final SingleRowProduct singleRow;
    private final BlockedProduct blocked;

    /**
     * Kernels on a pool's threads.
     *
     * @param machineCode whether to multiply matrices by machine code where that is possible
     */
    public VectorKernels(WorkerPool pool, boolean machineCode) {
        super(pool);
        machine = machineCode ? MachineProducts.on(pool).orElse(null) : null;
        for (DType type : DType.values()) {
            formats[type.ordinal()] = new FormatCalls(type);
        }
        scratches = new Scratch[pool.threads()];
        for (int i = 0; i < scratches.length; i++) {
            scratches[i] = new Scratch();
        }
        for (DType type : DType.values()) {
            if (VectorFormat.of(type) instanceof DirectFormat directFormat) {
                directFormats[type.ordinal()] = new DirectCalls(directFormat);
                if (SingleRowCalls.fit(directFormat)) {
                    singleRowFormats[type.ordinal()] = new SingleRowCalls(directFormat);
                }
            }
        }
        single = new RowProduct(pool, scratches, formats[0]);
        direct = new DirectProduct(pool, scratches, new DirectCalls(new F32Vector()), formats[0]);
        singleRow = new SingleRowProduct(pool, scratches, new SingleRowCalls(new F16Vector()), formats[0]);
        blocked = new BlockedProduct(pool, scratches, formats[0]);
        attention = new VectorAttention(pool, scratches);
    }

    private static Set<DType> ownLoops() {
        Set<DType> types = EnumSet.of(DType.F32, DType.F16, DType.BF16, DType.Q8_0, DType.Q4_0);
        if (Lanes.STEPS <= 4) {
            types.addAll(EnumSet.of(DType.Q4_K, DType.Q5_K, DType.Q6_K));
        }
        return types;
    }

    @Override
    public String name() {
        return (machine == null ? "vector-" : "x86-") + F.vectorBitSize();
    }

    @Override
    public long nativeBytes() {
        return machine == null ? 0 : machine.nativeBytes();
    }

    @Override
    protected void matmul(Tensor weight, float[] x, int n, float[] out) {
        FormatCalls format = formats[weight.type().ordinal()];
        DirectCalls directFormat = directFormats[weight.type().ordinal()];
        SingleRowCalls singleRowFormat = singleRowFormats[weight.type().ordinal()];
        long base = Memory.addressOf(weight.data());
        long rowBytes = weight.rowBytes();
        int rows = weight.rows();
        int columns = weight.columns();
        productLock.lock();
        try {
            if (machine != null && machine.multiply(weight, x, n, out)) {
                return;
            }
            if (n == 1 && (directFormat == null || OWN_LOOP.contains(weight.type()))) {
                single.multiply(format, base, rowBytes, rows, columns, x, out);
            } else if (singleRowFormat != null && n >= SingleRowCalls.LEAST_COLUMNS && n <= SingleRowCalls.COLUMNS) {
                singleRow.multiply(singleRowFormat, format, base, rowBytes, rows, columns, x, n, out);
            } else if (directFormat != null && n <= directFormat.mostColumns()) {
                direct.multiply(directFormat, format, base, rowBytes, rows, columns, x, n, out);
            } else {
                blocked.multiply(format, base, rowBytes, rows, columns, x, n, out);
            }
        } finally {
            productLock.unlock();
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
