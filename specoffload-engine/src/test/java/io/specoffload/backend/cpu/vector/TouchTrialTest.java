package io.specoffload.backend.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Rows are touched ahead where that was measured to be faster. */
class TouchTrialTest {

    private static final long BYTES = 1 << 20;

    /** Runs products of layers of seven matrices until one way is chosen; every fifth waits for other processes. */
    private static boolean chosen(double touchedNanosPerByte, double plainNanosPerByte) {
        TouchTrial trial = new TouchTrial();
        int touched = 0;
        int products = 0;
        for (int i = 0; trial.isTimed(BYTES); i++) {
            products++;
            double nanos = BYTES * (trial.isTouched() ? touchedNanosPerByte : plainNanosPerByte);
            touched += trial.isTouched() ? 1 : 0;
            // some matrices are slower whatever is done
            trial.record(BYTES, (long) (nanos * (1 + i % 7 / 10.0) * (i % 5 == 0 ? 3 : 1)));
        }
        assertThat(products).isBetween(TouchTrial.PRODUCTS, 2 * TouchTrial.PRODUCTS);
        assertThat(touched).as("both ways are tried").isBetween(products / 3, products * 2 / 3);
        return trial.isTouched();
    }

    @Test
    void theFasterWayStays() {
        assertThat(chosen(0.08, 0.11)).isTrue();
        assertThat(chosen(0.14, 0.11)).isFalse();
        assertThat(chosen(0.11, 0.11)).as("for nothing, rows are not touched").isFalse();
    }

    /** The way that is faster in the end is compiled later: 1000 products after the other one. */
    @Test
    void theTrialGoesOnWhileProductsGetFaster() {
        TouchTrial trial = new TouchTrial();
        for (int i = 0; trial.isTimed(BYTES); i++) {
            boolean isCompiled = i > (trial.isTouched() ? 100 : 1000);
            double nanosPerByte = trial.isTouched() ? 0.14 : 0.11;
            // interpreted code has profiles to collect, which takes less and less time
            trial.record(BYTES, (long) (BYTES * nanosPerByte * (isCompiled ? 1 : 100 * Math.pow(0.996, i))));
        }
        assertThat(trial.isTouched()).isFalse();
    }

    @Test
    void everyMatrixOfALayerIsTriedInBothWays() {
        TouchTrial trial = new TouchTrial();
        int[][] tried = new int[7][2];
        for (int i = 0; i < TouchTrial.PRODUCTS; i++) {
            tried[i % 7][trial.isTouched() ? 1 : 0]++;
            trial.record(BYTES, BYTES);
        }
        for (int[] ways : tried) {
            assertThat(ways).doesNotContain(0);
        }
    }

    @Test
    void smallProductsAreNotTimed() {
        assertThat(new TouchTrial().isTimed(TouchTrial.LEAST_BYTES - 1)).isFalse();
    }
}
