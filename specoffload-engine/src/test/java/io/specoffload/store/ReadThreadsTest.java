package io.specoffload.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.io.AlignedBuffer;
import io.specoffload.telemetry.StreamCounters;
import io.specoffload.telemetry.Timeline;
import io.specoffload.testing.FakeBlocks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A queue that rests: what was begun ends, nothing else begins. */
class ReadThreadsTest {

    private static final int BLOCK = FakeBlocks.ALIGNMENT;
    private static final int PIECES = 8;
    private static final int READERS = 2;

    private final FakeBlocks file = new FakeBlocks(1 << 20);
    private final List<Long> requested = Collections.synchronizedList(new ArrayList<>());
    private final Semaphore begun = new Semaphore(0);
    private final Semaphore mayEnd = new Semaphore(0);
    private final AlignedBuffer memory = AlignedBuffer.allocate((2L * PIECES) * BLOCK);
    private final ReadThreads reads =
            new ReadThreads(READERS, new PieceReader(file, new ReadRate(0), new StreamCounters(), new Timeline(16)));

    @AfterEach
    void close() {
        mayEnd.release(1000);
        reads.close();
        memory.close();
    }

    /** Every read is recorded, says that it has begun, and ends when it may. */
    private void watch() {
        file.fault((position, bytes) -> {
            requested.add(position / BLOCK);
            begun.release();
            mayEnd.acquireUninterruptibly();
            return -1;
        });
    }

    private Transfer transfer(int firstBlock, int blocks, boolean urgent) {
        long bytes = (long) blocks * BLOCK;
        StreamUnit.Range range = new StreamUnit.Range(0, (long) firstBlock * BLOCK, bytes, bytes, bytes, 0);
        long offset = urgent ? (long) PIECES * BLOCK : 0;
        Transfer transfer = new Transfer(List.of(range), memory.segment().asSlice(offset, bytes), BLOCK, () -> {});
        reads.submit(transfer, urgent);
        return transfer;
    }

    @Test
    void aPauseLetsReadsUnderWayEndAndBeginsNoOthers() {
        watch();
        Transfer ahead = transfer(0, PIECES, false);
        begun.acquireUninterruptibly(READERS);
        reads.pause();
        mayEnd.release(READERS);
        // both threads have come back to the queue, or else these could not all have begun
        for (int i = 0; i < 4; i++) {
            Transfer urgent = transfer(100 + READERS * i, READERS, true);
            begun.acquireUninterruptibly(READERS);
            mayEnd.release(READERS);
            urgent.await("what somebody waits for");
        }
        assertThat(requested.subList(0, READERS)).containsExactlyInAnyOrder(0L, 1L);
        assertThat(requested.subList(READERS, requested.size()))
                .hasSize(4 * READERS)
                .allMatch(block -> block >= 100);
        assertThat(ahead.settled()).isFalse();

        // what is submitted meanwhile waits as well, behind the rest
        Transfer later = transfer(50, 2, false);
        mayEnd.release(1000);
        reads.resume();
        ahead.await("what was queued");
        later.await("what was submitted during the pause");
        assertThat(requested).hasSize(PIECES + 4 * READERS + 2).contains(7L, 50L, 51L);
    }

    @Test
    void aQueueThatRestsCanBeClosed() {
        reads.pause();
        Transfer ahead = transfer(0, PIECES, false);
        reads.close();
        assertThat(ahead.settled()).isTrue();
        assertThat(ahead.wanted()).isFalse();
    }
}
