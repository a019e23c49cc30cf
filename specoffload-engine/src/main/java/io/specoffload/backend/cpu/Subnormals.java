package io.specoffload.backend.cpu;

import java.util.Arrays;

/**
 * Whether this processor multiplies subnormal floats as fast as others. AMD's do; Intel's spend a hundred cycles and more on each. Measured once, in
 * less than a millisecond where they are fast; a wrong answer costs speed alone.
 */
public final class Subnormals {

    private static final int COUNT = 1024;

    private static final int ROUNDS = 9;

    /** Products with assists take longer than so many others, even where an interpreter adds its time to both. */
    private static final int FACTOR = 2;

    /** Whether they are fast. */
    public static final boolean ARE_FAST = nanos(0x1p-130f) < FACTOR * nanos(0x1p-100f);

    private Subnormals() {}

    /** The shortest time of products with a value. */
    private static long nanos(float value) {
        float[] values = new float[COUNT];
        Arrays.fill(values, value);
        long shortest = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            multiply(values, value);
            shortest = Math.min(shortest, System.nanoTime() - start);
        }
        return shortest;
    }

    private static void multiply(float[] values, float value) {
        for (int i = 0; i < values.length; i++) {
            // as large as before, so that each round is like the first
            values[i] = values[i] * 0x1p100f * 0x1p-100f;
        }
        if (values[0] != value) {
            throw new AssertionError(value + " times 2^100 times 2^-100 is " + values[0]);
        }
    }
}
