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
            case Q4_1 -> new Q4_1Format();
            case Q5_0 -> new Q5_0Format();
            case Q5_1 -> new Q5_1Format();
            case Q2_K -> new Q2_KFormat();
            case Q3_K -> new Q3_KFormat();
            case Q4_K -> new Q4_KFormat();
            case Q5_K -> new Q5_KFormat();
            case Q6_K -> new Q6_KFormat();
            case IQ4_NL -> new Iq4_NLFormat();
            case IQ4_XS -> new Iq4_XSFormat();
            case MXFP4 -> new Mxfp4Format();
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
