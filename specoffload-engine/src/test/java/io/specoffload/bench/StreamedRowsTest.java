package io.specoffload.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.bench.StreamedResult.Ratio;
import io.specoffload.bench.StreamedResult.Row;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** Made-up runs: what the rows and ratios say of them. */
class StreamedRowsTest {

    private static final List<Integer> OUTPUT = List.of(1, 2, 3, 4);
    private static final double GIGABYTE = 1e9;

    /** Someone who never runs. */
    private record Named(String name, boolean ours) implements Contender {
        @Override
        public List<String> command() {
            throw new UnsupportedOperationException();
        }

        @Override
        public JsonNode work(JsonChild child) {
            throw new UnsupportedOperationException();
        }

        @Override
        public RunFigures read(JsonNode answer) {
            throw new UnsupportedOperationException();
        }
    }

    private static final Contender OURS = new Named("ours", true);
    private static final Contender DRAFTED = new Named("ours + draft", true);
    private static final Contender PEER = new Named("peer", false);

    /** A run of a second. */
    private static StreamedRun run(long tokens, long bytes, List<Integer> output) {
        RunFigures figures = new RunFigures(
                "v",
                output,
                tokens,
                1,
                0.5,
                bytes,
                2 * bytes,
                Double.NaN,
                Double.NaN,
                8,
                6,
                new RunFigures.Memory(820, 800));
        return new StreamedRun(figures, child(null, 0), 4096);
    }

    private static StreamedRun failed() {
        return new StreamedRun(null, child("killed", 1), -1);
    }

    private static ChildRuns.Run<RunFigures> child(@Nullable String failure, long kills) {
        return new ChildRuns.Run<>(null, failure, 1000, new MemoryGroup.Figures(3, kills, 2000));
    }

    @Test
    void aRowIsTheMedianOfItsRuns() {
        List<StreamedRun> runs = List.of(
                run(2, 4_000_000_000L, OUTPUT),
                run(4, 4_000_000_000L, OUTPUT),
                run(3, 4_000_000_000L, OUTPUT),
                failed());
        Row row = StreamedRows.row(PEER, runs, 2 * GIGABYTE, 1, OUTPUT);
        assertThat(row.tokensPerSecond()).isEqualTo(new StreamedResult.Spread(3, 2, 4, 3));
        // 3 tokens for 4 GB at 2 GB/s: the read rate is not the peer's
        assertThat(row.bound()).isCloseTo(1.5, within(1e-9));
        assertThat(row.boundShare()).isCloseTo(2, within(1e-9));
        assertThat(row.promptSeconds()).isEqualTo(0.5);
        assertThat(row.readBytes()).isEqualTo(8e9);
        assertThat(row.acceptance()).isEqualTo(0.75);
        assertThat(row.limitHits()).isEqualTo(3);
        assertThat(row.kills()).isEqualTo(1);
        assertThat(row.cachedBytes()).isEqualTo(4096);
        assertThat(row.peakMemory()).isEqualTo(1000);
        assertThat(row.sameOutput()).isEqualTo(1);
        assertThat(row.failures()).containsExactly("killed");
    }

    @Test
    void ourReadRateBoundsUs() {
        List<StreamedRun> runs = List.of(run(1, 1_000_000_000L, OUTPUT));
        assertThat(StreamedRows.row(OURS, runs, 2 * GIGABYTE, 500_000_000, OUTPUT)
                        .bound())
                .isCloseTo(0.5, within(1e-9));
        assertThat(StreamedRows.row(OURS, runs, 2 * GIGABYTE, 0, OUTPUT).bound())
                .isCloseTo(2, within(1e-9));
        assertThat(StreamedRows.row(OURS, runs, 0.1 * GIGABYTE, 500_000_000, OUTPUT)
                        .bound())
                .isCloseTo(0.1, within(1e-9));
    }

    @Test
    void withoutARunThereAreNoFigures() {
        Row row = StreamedRows.row(OURS, List.of(failed()), GIGABYTE, 0, OUTPUT);
        assertThat(row.tokensPerSecond().count()).isZero();
        assertThat(row.bound()).isNaN();
        assertThat(row.acceptance()).isNaN();
        assertThat(row.sameOutput()).isNaN();
        assertThat(row.cachedBytes()).isNaN();
    }

    @Test
    void nothingStreamedIsNoBound() {
        assertThat(StreamedRows.row(OURS, List.of(run(1, 0, OUTPUT)), GIGABYTE, 0, OUTPUT)
                        .bound())
                .isNaN();
    }

    @Test
    void outputsAreTheSameUpToTheFirstDifference() {
        assertThat(StreamedRows.same(OUTPUT, List.of(1, 2, 9, 4))).isEqualTo(0.5);
        assertThat(StreamedRows.same(OUTPUT, List.of(1, 2))).isEqualTo(0.5);
        assertThat(StreamedRows.same(OUTPUT, List.of())).isNaN();
    }

    @Test
    void ratiosAreOfNeighbours() {
        List<List<StreamedRun>> runs = List.of(
                List.of(run(1, 1, OUTPUT), run(2, 1, OUTPUT), run(4, 1, OUTPUT)),
                List.of(run(2, 1, OUTPUT), failed(), run(12, 1, OUTPUT)),
                List.of(run(1, 1, OUTPUT), run(1, 1, OUTPUT), failed()));
        List<Ratio> ratios = StreamedRows.ratios(List.of(OURS, DRAFTED, PEER), runs);
        assertThat(ratios)
                .extracting(ratio -> ratio.subject() + "/" + ratio.comparison().peer())
                .containsExactlyInAnyOrder("ours/peer", "ours + draft/ours", "ours + draft/peer");
        Comparison gain = ratios.stream()
                .filter(ratio -> ratio.comparison().peer().equals("ours"))
                .findFirst()
                .orElseThrow()
                .comparison();
        assertThat(gain.pairs()).isEqualTo(2);
        assertThat(gain.ratio()).isCloseTo(2.5, within(1e-9));
        assertThat(gain.resolvable()).isFalse();
    }

    @Test
    void neighboursThatAllFailedGiveNoRatio() {
        assertThat(StreamedRows.ratios(List.of(OURS, PEER), List.of(List.of(failed()), List.of(run(1, 1, OUTPUT)))))
                .isEmpty();
    }

    @Test
    void spreadsLeaveOutWhatIsNotKnown() {
        double[] values = IntStream.rangeClosed(1, 5)
                .mapToDouble(i -> i == 3 ? Double.NaN : i)
                .toArray();
        assertThat(StreamedResult.Spread.of(values)).isEqualTo(new StreamedResult.Spread(3, 1, 5, 4));
    }
}
