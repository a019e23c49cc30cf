package io.specoffload.backend.cpu;

/** What four bits stand for in the formats that look values up. */
public final class FourBitTables {

    private static final byte[] NON_LINEAR = {-127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113};
    private static final byte[] DOUBLED_FP4 = {0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12};

    private FourBitTables() {}

    /** The levels of IQ4_NL and IQ4_XS, dense around zero, where most weights are. */
    public static byte nonLinear(int index) {
        return NON_LINEAR[index];
    }

    /** Twice the value of an FP4 number (E2M1). */
    public static byte doubledFp4(int index) {
        return DOUBLED_FP4[index];
    }

    /** 2^(exponent - 128), for 0 to 255; subnormal for 0 and 1. */
    public static float halfPowerOfTwo(int exponent) {
        return Float.intBitsToFloat(exponent < 2 ? 0x200000 << exponent : exponent - 1 << 23);
    }
}
