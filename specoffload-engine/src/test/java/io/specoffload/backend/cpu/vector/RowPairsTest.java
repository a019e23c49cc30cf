package io.specoffload.backend.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowPairsTest {

    /** Feed-forward matrices of which half the rows are a whole number of pages. */
    @ParameterizedTest
    @CsvSource({"5632, 2176", "5632, 1152", "2048, 5984", "2048, 3168"})
    void theRowsOfAPairAreNotWholePagesApart(int rows, long rowBytes) {
        assertThat(rows / 2 * rowBytes % 4096).isZero();
        int distance = RowPairs.distance(rows, rowBytes);
        assertThat(distance * rowBytes % 4096).isBetween(1024L, 3072L);
        assertThat(distance).isBetween(rows / 2 - 8, rows / 2);
    }

    @Test
    void fewRowsAreLeftWhateverTheirNumber() {
        for (int rows = 2; rows < 3000; rows++) {
            for (long rowBytes : new long[] {1, 34, 4096, 2176, 5984}) {
                int distance = RowPairs.distance(rows, rowBytes);
                assertThat(distance).isPositive();
                assertThat(rows - 2 * distance).isBetween(0, 1 + rows / 16);
            }
        }
    }
}
