package io.specoffload.backend.cpu.x86;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.WeightFormat;
import io.specoffload.backend.cpu.WorkerPool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Compares a format's machine code with the definition of its results, before the first product: a processor, or what emulates one, that computes
 * something else is found out, and no wrong token is the consequence. Takes milliseconds.
 */
final class SelfCheck {

    /** So small that rows are multiplied in pieces, strip by strip. */
    private static final Processor.Caches CACHES = new Processor.Caches(4 << 10, 16 << 10);

    private static final int ROWS = 23;
    private static final int STEPS = 4;
    private static final int[] NUMBERS_OF_COLUMNS = {1, 2, 3, 4, 5, 6, 13, 49};

    private final MachineProduct product;

    SelfCheck(WorkerPool pool, FormatFunctions floats) {
        product = new MachineProduct(pool, floats, CACHES);
    }

    /** Whether products of random weights are the defined ones, bit for bit. */
    boolean isRight(FormatFunctions format) {
        WeightCode.Layout layout = format.weights().layout();
        int columns = STEPS * layout.stepWeights();
        long rowBytes = (long) STEPS * layout.stepBytes();
        SplittableRandom random = new SplittableRandom(layout.stepBytes());
        try (Arena arena = Arena.ofShared()) {
            MemorySegment weights = arena.allocate(ROWS * rowBytes, 64);
            fill(weights, layout, random);
            long base = Memory.addressOf(weights);
            float[] decoded = new float[ROWS * columns];
            WeightFormat.of(layout.type()).decode(base, decoded.length, decoded, 0);
            for (int n : NUMBERS_OF_COLUMNS) {
                float[] x = new float[n * columns];
                for (int i = 0; i < x.length; i++) {
                    x[i] = (float) random.nextGaussian();
                }
                float[] results = new float[n * ROWS];
                product.multiply(format, base, rowBytes, ROWS, columns, x, n, results);
                if (!Arrays.equals(results, defined(decoded, columns, x, n))) {
                    return false;
                }
            }
        }
        return true;
    }

    /** Any bytes, but for floats, of which most would be so large or so small that no other one counts: those have similar exponents. */
    private static void fill(MemorySegment weights, WeightCode.Layout layout, SplittableRandom random) {
        int bytesPerFloat = layout.type().blockSize() == 1 ? layout.stepBytes() / layout.stepWeights() : 0;
        for (long i = 0; i < weights.byteSize(); i++) {
            int value = random.nextInt();
            boolean upper = bytesPerFloat > 0 && i % bytesPerFloat == bytesPerFloat - 1;
            weights.set(ValueLayout.JAVA_BYTE, i, (byte) (upper ? value & 0x83 | 0x3c : value));
        }
    }

    /** [n][{@value #ROWS}], in the order that {@link DotKernel} describes. Infinite and undefined results compare as such. */
    private static float[] defined(float[] weights, int columns, float[] x, int n) {
        float[] results = new float[n * ROWS];
        float[] sums = new float[32];
        for (int i = 0; i < results.length; i++) {
            int row = i % ROWS * columns;
            int column = i / ROWS * columns;
            Arrays.fill(sums, 0);
            for (int k = 0; k < columns; k++) {
                sums[k % 32] = Math.fma(weights[row + k], x[column + k], sums[k % 32]);
            }
            for (int half = 16; half > 0; half /= 2) {
                for (int lane = 0; lane < half; lane++) {
                    sums[lane] += sums[lane + half];
                }
            }
            results[i] = sums[0];
        }
        return results;
    }
}
