package io.specoffload.backend.cpu.x86;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.WorkerPool;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Matrix products by machine code that is written at run time for the processor at hand: x86-64 with AVX-512, under Linux. Results are those of
 * the kernels in Java, bit for bit, and each format's are compared with the definition before they are used. Not thread-safe.
 */
public final class MachineProducts {

    private static final Logger log = LoggerFactory.getLogger(MachineProducts.class);

    private final MachineProduct product;
    private final SelfCheck check;
    private final Map<DType, List<FormatFunctions>> formats = new EnumMap<>(DType.class);

    private MachineProducts(WorkerPool pool) {
        FormatFunctions floats = new FormatFunctions(new PlainCode.F32(1, true));
        product = new MachineProduct(pool, floats, Processor.caches());
        check = new SelfCheck(pool, floats);
        for (List<WeightCode> codes : WeightCode.all()) {
            formats.put(
                    codes.getFirst().layout().type(),
                    codes.stream().map(FormatFunctions::new).toList());
        }
    }

    /** Products on a pool's threads; empty where the processor, the system or the JVM does not allow them. */
    public static Optional<MachineProducts> on(WorkerPool pool) {
        try {
            return Processor.hasAvx512() ? Optional.of(new MachineProducts(pool)) : Optional.empty();
        } catch (UnsupportedOperationException e) {
            log.info("Matrix products are computed by the Vector API alone: {}", e.getMessage());
            return Optional.empty();
        }
    }

    /**
     * out[j][i] = row i of the matrix times column j, if there is code for such a matrix.
     *
     * @param x [n][columns]
     * @param out [n][rows]
     * @return whether there is
     */
    public boolean multiply(Tensor weight, float[] x, int n, float[] out) {
        FormatFunctions format = format(weight.type(), weight.columns());
        if (format == null) {
            return false;
        }
        long base = Memory.addressOf(weight.data());
        product.multiply(format, base, weight.rowBytes(), weight.rows(), weight.columns(), x, n, out);
        return true;
    }

    /** Bytes of native memory for activations and results. Any thread may ask. */
    public long nativeBytes() {
        return product.nativeBytes();
    }

    private @Nullable FormatFunctions format(DType type, int columns) {
        List<FormatFunctions> known = formats.get(type);
        if (known == null) {
            return null;
        }
        for (int i = 0; i < known.size(); i++) {
            FormatFunctions format = known.get(i);
            if (columns % format.weights().layout().stepWeights() == 0) {
                return isRight(format) ? format : null;
            }
        }
        return null;
    }

    private boolean isRight(FormatFunctions format) {
        if (format.isChecked()) {
            return true;
        }
        DType type = format.weights().layout().type();
        boolean right = check.isRight(format);
        if (right) {
            format.setChecked();
        } else {
            log.warn(
                    "Machine code for {} gives wrong results on this machine: its products are computed in Java", type);
            formats.remove(type);
        }
        return right;
    }
}
