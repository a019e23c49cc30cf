package io.specoffload.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerPoolTest {

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4})
    void everyItemRunsExactlyOnce(int threads) {
        try (WorkerPool pool = new WorkerPool(threads)) {
            for (int items = 0; items < 300; items++) {
                AtomicIntegerArray runs = new AtomicIntegerArray(items);
                pool.run(items, 1, (from, to, worker) -> {
                    assertThat(worker).isBetween(0, threads - 1);
                    for (int i = from; i < to; i++) {
                        runs.incrementAndGet(i);
                    }
                });
                for (int i = 0; i < items; i++) {
                    assertThat(runs.get(i)).isEqualTo(1);
                }
            }
        }
    }

    @Test
    void allThreadsTakePart() {
        try (WorkerPool pool = new WorkerPool(3)) {
            CountDownLatch all = new CountDownLatch(3);
            AtomicInteger seen = new AtomicInteger();
            // 12 chunks, the first three of which wait for each other: only three threads can get past
            pool.run(12, 1, (from, to, worker) -> {
                seen.accumulateAndGet(1 << worker, (a, b) -> a | b);
                all.countDown();
                try {
                    all.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            });
            assertThat(seen.get()).isEqualTo(0b111);
        }
    }

    @Test
    void oneThreadRunsInTheCaller() {
        try (WorkerPool pool = new WorkerPool(1)) {
            Thread[] ran = new Thread[1];
            pool.run(1000, 1, (from, to, worker) -> ran[0] = Thread.currentThread());
            assertThat(ran[0]).isSameAs(Thread.currentThread());
        }
    }

    @Test
    void exceptionsReachTheCallerAfterTheRestIsDone() {
        try (WorkerPool pool = new WorkerPool(4)) {
            for (int repeat = 0; repeat < 200; repeat++) {
                AtomicInteger done = new AtomicInteger();
                assertThatThrownBy(() -> pool.run(16, 1, (from, to, worker) -> {
                            done.addAndGet(to - from);
                            if (from == 7) {
                                throw new UnsupportedOperationException("chunk 7");
                            }
                        }))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessage("chunk 7");
                assertThat(done.get()).isEqualTo(16);
                AtomicInteger after = new AtomicInteger();
                pool.run(16, 1, (from, to, worker) -> after.addAndGet(to - from));
                assertThat(after.get()).isEqualTo(16);
            }
        }
    }

    @Test
    void callsFromSeveralThreadsDoNotMix() throws Exception {
        try (WorkerPool pool = new WorkerPool(3);
                ExecutorService callers = Executors.newFixedThreadPool(4)) {
            List<Future<Integer>> sums = IntStream.range(0, 40)
                    .mapToObj(i -> callers.submit(() -> {
                        AtomicInteger sum = new AtomicInteger();
                        for (int repeat = 0; repeat < 50; repeat++) {
                            pool.run(100 + i, 1, (from, to, worker) -> sum.addAndGet(to - from));
                        }
                        return sum.get();
                    }))
                    .toList();
            for (int i = 0; i < sums.size(); i++) {
                assertThat(sums.get(i).get()).isEqualTo(50 * (100 + i));
            }
        }
    }

    @Test
    void anInterruptedCallerStillGetsItsResultAndStaysInterrupted() {
        try (WorkerPool pool = new WorkerPool(3)) {
            Thread.currentThread().interrupt();
            AtomicInteger sum = new AtomicInteger();
            pool.run(1000, 1, (from, to, worker) -> sum.addAndGet(to - from));
            assertThat(Thread.interrupted()).isTrue();
            assertThat(sum.get()).isEqualTo(1000);
        }
    }

    @Test
    void aTaskMayNotStartAnother() {
        try (WorkerPool pool = new WorkerPool(2)) {
            assertThatThrownBy(() -> pool.run(8, 1, (from, to, worker) -> pool.run(8, 1, (a, b, c) -> {})))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void closingEndsTheThreads() {
        WorkerPool pool = new WorkerPool(4);
        Thread[] threads = new Thread[4];
        CountDownLatch all = new CountDownLatch(4);
        pool.run(16, 1, (from, to, worker) -> {
            threads[worker] = Thread.currentThread();
            all.countDown();
            try {
                all.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
        });
        pool.close();
        pool.close();
        for (int i = 1; i < 4; i++) {
            assertThat(threads[i].isAlive()).isFalse();
        }
        assertThatThrownBy(() -> pool.run(1, 1, (from, to, worker) -> {})).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void noThreadsAreRefused() {
        assertThatThrownBy(() -> new WorkerPool(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
