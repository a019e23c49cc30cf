package io.specoffload.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SamplesTest {

    private static double[] upTo(int n) {
        return IntStream.rangeClosed(1, n).mapToDouble(i -> i).toArray();
    }

    @Test
    void theMedianIsInTheMiddle() {
        assertThat(Samples.median(new double[] {5, 1, 3})).isEqualTo(3);
        assertThat(Samples.median(new double[] {4, 1, 3, 2})).isEqualTo(2.5);
    }

    /** By tables of the binomial distribution: of 10 values the 2nd to 9th, of 20 the 6th to 15th. */
    @Test
    void intervalsAreThoseOfTheSignTest() {
        assertThat(Samples.interval(upTo(9))).containsExactly(1, 9);
        assertThat(Samples.interval(upTo(10))).containsExactly(2, 9);
        assertThat(Samples.interval(upTo(20))).containsExactly(6, 15);
    }

    @Test
    void aRatioIsBelievedOnlyWithEnoughPairsThatAgree() {
        double[] ones = new double[10];
        java.util.Arrays.fill(ones, 1);
        double[] twos = new double[10];
        java.util.Arrays.fill(twos, 2);
        Comparison steady = Comparison.of("peer", ones, twos);
        assertThat(steady.ratio()).isEqualTo(2);
        assertThat(steady.resolvable()).isTrue();
        assertThat(Comparison.of("peer", upTo(10), ones).resolvable()).isFalse();
        assertThat(Comparison.of("peer", new double[] {1}, new double[] {1}).resolvable())
                .isFalse();
    }

    @Test
    void memoryIsReadInKibibytes() {
        List<String> status = List.of("Name:\tjava", "VmHWM:\t    1234 kB", "VmRSS:\t     10 kB");
        assertThat(ProcessMemory.field(status, "VmHWM:")).isEqualTo(1234 * 1024);
        assertThat(ProcessMemory.field(status, "VmSwap:")).isEqualTo(-1);
    }
}
