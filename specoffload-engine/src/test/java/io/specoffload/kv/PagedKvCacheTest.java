package io.specoffload.kv;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PagedKvCacheTest {

    private static final KvLayout SMALL = new KvLayout(3, 2, 8, DType.F32);

    @Test
    void aPageHoldsKeysAndValuesOfAllLayers() {
        try (PagedKvCache cache = new PagedKvCache(SMALL, 5)) {
            assertThat(cache.byteSize()).isEqualTo(5L * 3 * 2 * 2 * 64 * 8 * 4);
            assertThat(cache.allocatedBytes()).isZero();
            KvSequence sequence = cache.newSequence();
            sequence.reserve(65);
            assertThat(cache.pagesInUse()).isEqualTo(2);
            assertThat(cache.allocatedBytes()).isPositive().isLessThanOrEqualTo(cache.byteSize());
            assertThat(sequence.block(1, 2).byteSize()).isEqualTo(2L * 2 * 64 * 8 * 4);
            assertThat(sequence.block(1, 2).address() % 32).isZero();
            assertThat(sequence.blockPositions()).isEqualTo(64);
        }
    }

    @Test
    void halfPrecisionTakesHalfTheMemory() {
        try (PagedKvCache full = new PagedKvCache(SMALL, 4);
                PagedKvCache half = new PagedKvCache(new KvLayout(3, 2, 8, DType.F16), 4)) {
            assertThat(half.byteSize() * 2).isEqualTo(full.byteSize());
        }
    }

    /** One byte per element, and a 2-byte scale per 32 elements of a head's row, the last ones included. */
    @Test
    void eightBitsTakeTheirBytesAndTheirScales() {
        try (PagedKvCache whole = new PagedKvCache(new KvLayout(3, 2, 64, DType.Q8_0), 1);
                PagedKvCache odd = new PagedKvCache(new KvLayout(3, 2, 80, DType.Q8_0), 1)) {
            assertThat(whole.byteSize()).isEqualTo(3L * 2 * 2 * 64 * (64 + 2 * 2));
            assertThat(odd.byteSize()).isEqualTo(3L * 2 * 2 * 64 * (80 + 3 * 2));
        }
    }

    @Test
    void otherTypesAreRefused() {
        assertThatThrownBy(() -> new KvLayout(1, 1, 32, DType.Q4_0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Q4_0");
    }

    @Test
    void reservingIsAllOrNothing() {
        try (PagedKvCache cache = new PagedKvCache(SMALL, 3)) {
            KvSequence first = cache.newSequence();
            first.reserve(100);
            first.commit(100);
            KvSequence second = cache.newSequence();
            assertThatThrownBy(() -> second.reserve(65))
                    .isInstanceOf(KvCacheFullException.class)
                    .hasMessageContaining("1 free pages of 3")
                    .hasMessageContaining("2 are needed");
            assertThat(cache.pagesInUse()).isEqualTo(2);
            second.reserve(64);
            assertThat(cache.pagesInUse()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 63, 64, 65, 128, 129})
    void truncationKeepsTheRowsBeforeAndFreesEmptyPages(int position) {
        try (PagedKvCache cache = new PagedKvCache(SMALL, 8)) {
            KvSequence sequence = cache.newSequence();
            sequence.reserve(200);
            sequence.commit(200);
            sequence.truncate(position);
            assertThat(sequence.length()).isEqualTo(position);
            assertThat(cache.pagesInUse()).isEqualTo(Math.ceilDiv(position, 64));
        }
    }

    @Test
    void truncationToTheLengthGivesBackReservedPages() {
        try (PagedKvCache cache = new PagedKvCache(SMALL, 8)) {
            KvSequence sequence = cache.newSequence();
            sequence.reserve(10);
            sequence.commit(10);
            sequence.reserve(300);
            sequence.truncate(10);
            assertThat(cache.pagesInUse()).isEqualTo(1);
        }
    }

    @Test
    void wrongUseIsRefused() {
        try (PagedKvCache cache = new PagedKvCache(SMALL, 8)) {
            KvSequence sequence = cache.newSequence();
            sequence.reserve(10);
            assertThatThrownBy(() -> sequence.commit(65)).isInstanceOf(IllegalArgumentException.class);
            sequence.commit(10);
            assertThatThrownBy(() -> sequence.commit(9)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> sequence.truncate(11)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> sequence.truncate(-1)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> sequence.block(1, 0)).isInstanceOf(IndexOutOfBoundsException.class);
            sequence.close();
            sequence.close();
            assertThat(cache.pagesInUse()).isZero();
            assertThatThrownBy(() -> sequence.reserve(1)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void aClosedCacheGivesNothing() {
        PagedKvCache cache = new PagedKvCache(SMALL, 8);
        KvSequence sequence = cache.newSequence();
        cache.close();
        cache.close();
        assertThatThrownBy(cache::newSequence).isInstanceOf(IllegalStateException.class);
        assertThatThrownBy(() -> sequence.reserve(1)).isInstanceOf(IllegalStateException.class);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomUseAgreesWithAModelOfIt(long seed) {
        Random random = new Random(seed);
        int pages = 24;
        try (PagedKvCache cache = new PagedKvCache(new KvLayout(2, 1, 4, DType.F32), pages)) {
            List<Modelled> live = new ArrayList<>();
            int stamp = 1;
            for (int step = 0; step < 4000; step++) {
                if (live.isEmpty() || live.size() < 6 && random.nextInt(10) == 0) {
                    live.add(new Modelled(cache.newSequence()));
                }
                Modelled chosen = live.get(random.nextInt(live.size()));
                int others = live.stream()
                        .filter(m -> m != chosen)
                        .mapToInt(m -> m.pages)
                        .sum();
                switch (random.nextInt(8)) {
                    case 0 -> chosen.truncate(random);
                    case 1 -> {
                        if (random.nextInt(6) == 0) {
                            chosen.sequence.close();
                            live.remove(chosen);
                        }
                    }
                    default -> chosen.append(random.nextInt(1, 150), stamp++, pages - others);
                }
                assertThat(cache.pagesInUse())
                        .isEqualTo(live.stream().mapToInt(m -> m.pages).sum());
                assertThat(cache.allocatedBytes()).isLessThanOrEqualTo(cache.byteSize());
                chosen.checkUnlessClosed(live);
            }
            Set<Long> addresses = new HashSet<>();
            for (Modelled modelled : live) {
                modelled.check();
                for (int page = 0; page < modelled.pages; page++) {
                    assertThat(addresses.add(modelled.sequence.block(page, 0).address()))
                            .isTrue();
                }
            }
            live.forEach(m -> m.sequence.close());
            assertThat(cache.pagesInUse()).isZero();
        }
    }

    /** A sequence beside a plain list of what was written to each of its rows. */
    private static final class Modelled {
        private final KvSequence sequence;
        private final List<Integer> rows = new ArrayList<>();
        private int pages;

        Modelled(KvSequence sequence) {
            this.sequence = sequence;
        }

        void append(int count, int stamp, int available) {
            int after = rows.size() + count;
            if (Math.ceilDiv(after, 64) > available) {
                assertThatThrownBy(() -> sequence.reserve(after)).isInstanceOf(KvCacheFullException.class);
                return;
            }
            sequence.reserve(after);
            for (int row = rows.size(); row < after; row++) {
                write(row, stamp);
                rows.add(stamp);
            }
            sequence.commit(after);
            pages = Math.max(pages, Math.ceilDiv(after, 64));
        }

        void truncate(Random random) {
            int position = random.nextInt(rows.size() + 1);
            sequence.truncate(position);
            rows.subList(position, rows.size()).clear();
            pages = Math.ceilDiv(position, 64);
        }

        void checkUnlessClosed(List<Modelled> live) {
            if (live.contains(this)) {
                check();
            }
        }

        void check() {
            assertThat(sequence.length()).isEqualTo(rows.size());
            for (int row = 0; row < rows.size(); row++) {
                for (int layer = 0; layer < 2; layer++) {
                    MemorySegment block = sequence.block(row / 64, layer);
                    assertThat(block.get(ValueLayout.JAVA_INT, row % 64 * 16L)).isEqualTo(rows.get(row) + layer);
                }
            }
        }

        private void write(int row, int stamp) {
            for (int layer = 0; layer < 2; layer++) {
                sequence.block(row / 64, layer).set(ValueLayout.JAVA_INT, row % 64 * 16L, stamp + layer);
            }
        }
    }

    @Test
    void manyThreadsShareThePool() throws Exception {
        int threads = 8;
        try (PagedKvCache cache = new PagedKvCache(SMALL, 12);
                ExecutorService executor = Executors.newFixedThreadPool(threads)) {
            List<Callable<Integer>> tasks = new ArrayList<>();
            for (int t = 0; t < threads; t++) {
                int id = t + 1;
                tasks.add(() -> useAndCheck(cache, id));
            }
            int refused = 0;
            for (Future<Integer> result : executor.invokeAll(tasks)) {
                refused += result.get();
            }
            assertThat(cache.pagesInUse()).isZero();
            assertThat(refused).isLessThan(threads * 500);
        }
    }

    private static int useAndCheck(PagedKvCache cache, int id) {
        Random random = new Random(id);
        int refused = 0;
        for (int i = 0; i < 500; i++) {
            try (KvSequence sequence = cache.newSequence()) {
                int positions = random.nextInt(1, 64 * 4);
                sequence.reserve(positions);
                for (int page = 0; page < Math.ceilDiv(positions, 64); page++) {
                    sequence.block(page, 0).set(ValueLayout.JAVA_INT, 0, id);
                }
                sequence.commit(positions);
                for (int page = 0; page < Math.ceilDiv(positions, 64); page++) {
                    assertThat(sequence.block(page, 0).get(ValueLayout.JAVA_INT, 0))
                            .isEqualTo(id);
                }
            } catch (KvCacheFullException e) {
                refused++;
            }
        }
        return refused;
    }
}
