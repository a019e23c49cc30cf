package io.specoffload.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.store.StreamUnit.Extent;
import io.specoffload.telemetry.StallCause;
import io.specoffload.telemetry.StreamCounters;
import io.specoffload.telemetry.Timeline;
import io.specoffload.testing.FakeBlocks;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Order, wrap-around, run-ahead and faults, with reads that happen when the test says so. */
class WeightStreamTest {

    private static final int BLOCK = FakeBlocks.ALIGNMENT;
    private static final long UNIT = 4L * BLOCK;

    private final FakeBlocks file = new FakeBlocks(1 << 20);
    private final StreamCounters counters = new StreamCounters();
    private final Timeline timeline = new Timeline(16);
    private final ManualReads reads = new ManualReads(new PieceReader(file, new ReadRate(0), counters, timeline));
    private final List<AutoCloseable> resources = new ArrayList<>();

    @AfterEach
    void close() throws Exception {
        for (AutoCloseable resource : resources.reversed()) {
            resource.close();
        }
    }

    /** Units of two tensors of 2 blocks each, one behind the other in the file. */
    private WeightStream stream(int units, int depth) {
        List<StreamUnit> all = new ArrayList<>();
        for (int i = 0; i < units; i++) {
            all.add(new StreamUnit(
                    List.of(
                            new Extent("a" + i, 0, i * UNIT, UNIT / 2),
                            new Extent("f" + i, 0, i * UNIT + UNIT / 2, UNIT / 2)),
                    BLOCK));
        }
        StagingBuffer staging = new StagingBuffer(depth, UNIT);
        resources.add(staging);
        WeightStream stream = new WeightStream(all, staging, reads, BLOCK, counters, timeline);
        resources.add(reads);
        resources.add(stream);
        return stream;
    }

    private static void use(WeightStream stream, int unit) {
        try (WeightLease attention = stream.acquire(unit, "a" + unit, StallCause.LAYER_WEIGHTS)) {
            check(attention, unit * UNIT, 0);
        }
        try (WeightLease feedForward = stream.acquire(unit, "f" + unit, StallCause.LAYER_WEIGHTS)) {
            check(feedForward, unit * UNIT + UNIT / 2, UNIT / 2);
        }
    }

    private static void check(WeightLease lease, long position, long offset) {
        for (long i = 0; i < UNIT / 2; i++) {
            assertThat(lease.memory().get(ValueLayout.JAVA_BYTE, offset + i))
                    .isEqualTo(FakeBlocks.byteAt(position + i));
        }
    }

    private static List<Long> blocks(int... units) {
        return LongStream.range(0, units.length * 4L)
                .mapToObj(i -> units[(int) (i / 4)] * UNIT + i % 4 * BLOCK)
                .toList();
    }

    @Test
    void readsAheadUntilTheBuffersAreFull() {
        stream(5, 3);
        reads.readAll();
        assertThat(reads.takePositions()).isEqualTo(blocks(0, 1, 2));
        assertThat(counters.physicalBytes()).isEqualTo(3 * UNIT);
    }

    @Test
    void wrapsAroundAndRunsAheadIntoTheNextSweeps() {
        WeightStream stream = stream(3, 2);
        reads.automatic();
        for (int sweep = 0; sweep < 4; sweep++) {
            for (int unit = 0; unit < 3; unit++) {
                use(stream, unit);
            }
        }
        // twelve units were used, two more lie ready: those of the fifth sweep
        assertThat(reads.takePositions()).isEqualTo(blocks(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1));
        assertThat(counters.stallNanos()).isZero();
    }

    @Test
    void aBufferIsRefilledOnlyWhenItsLastTensorIsReleased() {
        WeightStream stream = stream(4, 2);
        reads.readAll();
        reads.takePositions();
        stream.acquire(0, "a0", StallCause.LAYER_WEIGHTS).close();
        assertThat(reads.queued()).isZero();
        WeightLease last = stream.acquire(0, "f0", StallCause.LAYER_WEIGHTS);
        assertThat(reads.queued()).isZero();
        last.close();
        reads.readAll();
        assertThat(reads.takePositions()).isEqualTo(blocks(2));
    }

    @Test
    void unitsThatArePassedOverAreNotWaitedFor() {
        WeightStream stream = stream(4, 2);
        reads.automatic();
        use(stream, 0);
        use(stream, 1);
        reads.takePositions();
        // the pass ended early: the next one begins at the first unit again
        use(stream, 0);
        use(stream, 1);
        use(stream, 2);
        assertThat(reads.takePositions()).isEqualTo(blocks(0, 1, 2, 3, 0));
    }

    @Test
    void anyOrderOfUseGivesTheRightBytes() {
        Random random = new Random(5);
        for (int depth = 2; depth < 6; depth++) {
            WeightStream stream = stream(4, depth);
            reads.automatic();
            for (int i = 0; i < 50; i++) {
                use(stream, random.nextInt(4));
            }
        }
    }

    @Test
    void aFailedReadIsReportedAndReadAnew() {
        WeightStream stream = stream(3, 2);
        file.fault((position, bytes) -> {
            if (position >= UNIT) {
                throw new IOException("the device is gone");
            }
            return -1;
        });
        reads.automatic();
        use(stream, 0);
        assertThatThrownBy(() -> use(stream, 1))
                .isInstanceOf(WeightReadException.class)
                .hasMessageContaining("the device is gone");
        file.fault((position, bytes) -> -1);
        use(stream, 0);
        use(stream, 1);
        use(stream, 2);
    }

    @Test
    void aReadThatComesShortIsAnError() {
        file.truncate(UNIT + BLOCK / 2);
        WeightStream stream = stream(2, 2);
        reads.automatic();
        use(stream, 0);
        assertThatThrownBy(() -> use(stream, 1))
                .isInstanceOf(WeightReadException.class)
                .hasMessageContaining("cut short");
    }

    @Test
    void afterClosingNothingIsLent() {
        WeightStream stream = stream(2, 2);
        stream.close();
        reads.readAll();
        assertThatThrownBy(() -> use(stream, 0)).isInstanceOf(WeightReadException.class);
        assertThat(reads.takePositions()).isEmpty();
    }

    @Test
    void needsTwoBuffersOfSufficientSize() {
        assertThatThrownBy(() -> stream(2, 1)).isInstanceOf(IllegalArgumentException.class);
        StreamUnit unit = new StreamUnit(List.of(new Extent("o", 0, 100, 5000)), BLOCK);
        try (StagingBuffer small = new StagingBuffer(2, 4096)) {
            assertThatThrownBy(() -> new WeightStream(List.of(unit), small, reads, BLOCK, counters, timeline))
                    .hasMessageContaining("does not fit");
        }
    }
}
