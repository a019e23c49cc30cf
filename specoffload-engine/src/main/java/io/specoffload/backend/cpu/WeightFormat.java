package io.specoffload.backend.cpu;

import io.specoffload.tensor.DType;
import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How one element type stores numbers: the only place that knows its bytes. Decoding defines the weight's value: every
 * other kernel of the type computes with exactly these floats. Layouts are those of the GGML block formats, which GGUF
 * files hold. Stateless.
 */
public interface WeightFormat {

    /** The types that have a format. */
    Set<DType> SUPPORTED = Collections.unmodifiableSet(Arrays.stream(DType.values())
            .filter(WeightFormat::isSupported)
            .collect(Collectors.toCollection(() -> EnumSet.noneOf(DType.class))));

    DType type();

    /**
     * Decodes consecutive elements.
     *
     * @param address of the first block
     * @param elements how many; whole blocks
     * @param out receives them at {@code offset}
     */
    void decode(long address, int elements, float[] out, int offset);

    /** The format of a type. */
    static WeightFormat of(DType type) {
        return switch (type) {
            case F32 -> new F32Format();
            case F16 -> new F16Format();
            case BF16 -> new Bf16Format();
            case Q8_0 -> new Q8_0Format();
            case Q4_0 -> new Q4_0Format();
            case Q6_K -> new Q6_KFormat();
            default -> throw new IllegalArgumentException("the CPU kernels do not support the element type " + type);
        };
    }

    private static boolean isSupported(DType type) {
        try {
            return of(type).type() == type;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }
}
