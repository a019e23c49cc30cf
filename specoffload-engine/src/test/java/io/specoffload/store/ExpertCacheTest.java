package io.specoffload.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.store.ExpertCache.Mode;
import io.specoffload.store.StreamUnit.Extent;
import io.specoffload.telemetry.StreamCounters;
import io.specoffload.telemetry.Timeline;
import io.specoffload.testing.FakeBlocks;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ExpertCacheTest {

    private static final int BLOCK = FakeBlocks.ALIGNMENT;
    private static final int PER_LAYER = 4;

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

    private ExpertCache cache(int layers, int slots) {
        return cache(layers, slots, ExpertCache.ahead(BLOCK));
    }

    private ExpertCache cache(int layers, int slots, int ahead) {
        List<StreamUnit> experts = new ArrayList<>();
        for (int i = 0; i < layers * PER_LAYER; i++) {
            experts.add(new StreamUnit(List.of(new Extent("e", 0, i * BLOCK, BLOCK)), BLOCK));
        }
        StagingBuffer memory = new StagingBuffer(slots, BLOCK);
        resources.add(memory);
        resources.add(reads);
        ExpertCache cache = new ExpertCache(experts, PER_LAYER, memory, reads, BLOCK, counters, timeline, ahead);
        resources.add(cache);
        return cache;
    }

    private static void use(ExpertCache cache, int key) {
        try (WeightLease lease = cache.acquire(key)) {
            assertThat(lease.memory().get(ValueLayout.JAVA_BYTE, 1))
                    .isEqualTo(FakeBlocks.byteAt((long) key * BLOCK + 1));
        }
    }

    private List<Integer> keysRead() {
        return reads.takePositions().stream()
                .map(position -> (int) (position / BLOCK))
                .toList();
    }

    @Test
    void wishesAreReadAheadInOrder() {
        ExpertCache cache = cache(2, 4);
        cache.wish(new int[] {3, 1, 6}, Mode.ON_DEMAND);
        reads.readAll();
        assertThat(keysRead()).containsExactly(3, 1, 6);
        reads.automatic();
        use(cache, 3);
        use(cache, 1);
        assertThat(keysRead()).isEmpty();
        assertThat(counters.stallNanos()).isZero();
    }

    @Test
    void theRarelyUsedGiveWayOnDemand() {
        ExpertCache cache = cache(2, 3);
        reads.automatic();
        for (int key : new int[] {0, 0, 1, 2, 0, 2}) {
            use(cache, key);
        }
        keysRead();
        use(cache, 5);
        assertThat(keysRead()).containsExactly(5);
        assertThat(cache.present(1)).isFalse();
        assertThat(cache.present(0)).isTrue();
        assertThat(cache.present(2)).isTrue();
    }

    /** Going around through more experts than fit, the latest-used-stays rule would never hit. */
    @Test
    void sweepingKeepsAFixedSet() {
        ExpertCache cache = cache(4, 12);
        reads.automatic();
        int[] all = IntStream.range(0, 16).toArray();
        for (int sweep = 0; sweep < 6; sweep++) {
            keysRead();
            cache.wish(all, Mode.SWEEP);
            for (int key : all) {
                use(cache, key);
            }
        }
        assertThat(keysRead().size()).isLessThanOrEqualTo(16 - 12 + 12 / 4 + 1);
    }

    /** What is read ahead takes the place of what could have stayed. */
    @Test
    void whatIsReadAheadHardlyDisplacesWhatStays() {
        for (Mode mode : Mode.values()) {
            ExpertCache cache = cache(4, 12, 2);
            assertThat(cache.kept()).isEqualTo(10);
            reads.automatic();
            int[] all = IntStream.range(0, 16).toArray();
            for (int sweep = 0; sweep < 6; sweep++) {
                keysRead();
                if (mode == Mode.SWEEP) {
                    cache.wish(all, mode);
                }
                for (int layer = 0; layer < 4; layer++) {
                    int[] now = IntStream.range(PER_LAYER * layer, PER_LAYER * (layer + 1))
                            .toArray();
                    int[] next = IntStream.of(now)
                            .map(key -> (key + PER_LAYER) % all.length)
                            .toArray();
                    if (mode == Mode.ON_DEMAND) {
                        cache.wish(now, next, mode);
                    }
                    for (int key : now) {
                        use(cache, key);
                    }
                }
            }
            assertThat(keysRead().size()).as("%s", mode).isLessThanOrEqualTo(16 - 10 + 1);
        }
    }

    @Test
    void smallExpertsAreReadFarAhead() {
        assertThat(ExpertCache.ahead(1 << 20)).isEqualTo(64);
        assertThat(ExpertCache.ahead(22 << 20)).isEqualTo(3);
        assertThat(ExpertCache.ahead(1L << 30)).isEqualTo(2);
        assertThat(cache(2, 8).kept()).as("all of them fit").isEqualTo(8);
    }

    @Test
    void whatIsNeededNowIsReadBeforeEarlierGuesses() {
        ExpertCache cache = cache(2, 8);
        cache.wish(new int[] {4, 5, 6}, Mode.ON_DEMAND);
        // 6 is on its way as a guess, 0 is not: both come first
        cache.wish(new int[] {0, 6}, new int[] {4, 5}, Mode.ON_DEMAND);
        reads.readAll();
        List<Integer> keys = keysRead();
        assertThat(keys.subList(0, 2)).containsExactlyInAnyOrder(0, 6);
        assertThat(keys.subList(2, 4)).containsExactly(4, 5);
    }

    @Test
    void aGuessThatTheRouterDidNotTakeIsNotReadAnyMore() {
        ExpertCache cache = cache(3, 8);
        cache.wish(new int[] {4, 5, 6}, Mode.ON_DEMAND);
        reads.readOne();
        // 4 has arrived, 5 and 6 are queued
        cache.wish(new int[] {7, 6}, new int[] {8}, Mode.ON_DEMAND);
        assertThat(cache.present(5)).isFalse();
        reads.readAll();
        assertThat(keysRead()).containsExactlyInAnyOrder(4, 7, 6, 8);
        assertThat(counters.bytesInVain()).isZero();
        reads.automatic();
        use(cache, 5);
        assertThat(counters.bytesInTime()).isZero();
        use(cache, 4);
        use(cache, 8);
        assertThat(counters.bytesInTime()).isEqualTo(2 * BLOCK);
    }

    @Test
    void guessesThatGiveWayUnusedWereReadInVain() {
        ExpertCache cache = cache(3, 3);
        reads.automatic();
        cache.wish(new int[] {4, 5}, Mode.ON_DEMAND);
        use(cache, 5);
        cache.wish(new int[0], Mode.ON_DEMAND);
        for (int key : new int[] {0, 1, 2}) {
            use(cache, key);
        }
        // 4 gave way unused
        assertThat(cache.present(4)).isFalse();
        assertThat(counters.bytesInVain()).isEqualTo(BLOCK);
        assertThat(counters.bytesInTime()).isEqualTo(BLOCK);
    }

    @Test
    void whatWasReadForLaterDoesNotGiveWayToWhatIsReadNow() {
        ExpertCache cache = cache(2, 4);
        reads.automatic();
        for (int i = 0; i < 3; i++) {
            use(cache, 0);
            use(cache, 1);
        }
        cache.wish(new int[] {4, 5}, Mode.ON_DEMAND);
        // 4 and 5 were never used, 0 and 1 often: but it is 4 and 5 that will be
        cache.wish(new int[] {2, 3}, new int[] {4, 5}, Mode.ON_DEMAND);
        assertThat(List.of(2, 3, 4, 5)).allMatch(cache::present);
    }

    @Test
    void aWrongGuessGivesWayToWhatIsNeeded() {
        ExpertCache cache = cache(4, 2);
        cache.wish(new int[] {4, 5}, Mode.ON_DEMAND);
        reads.automatic();
        use(cache, 9);
        use(cache, 10);
        use(cache, 4);
    }

    @Test
    void anyOrderOfWishesAndUsesGivesTheRightBytes() {
        Random random = new Random(8);
        for (int slots = 2; slots < 20; slots += 3) {
            ExpertCache cache = cache(4, slots);
            reads.automatic();
            for (int i = 0; i < 300; i++) {
                int[] wishes = random.ints(random.nextInt(20), 0, 16).toArray();
                cache.wish(wishes, random.nextBoolean() ? Mode.SWEEP : Mode.ON_DEMAND);
                use(cache, random.nextInt(16));
            }
        }
    }

    @Test
    void aFailedReadIsReportedAndReadAnew() {
        ExpertCache cache = cache(2, 2);
        reads.automatic();
        file.fault((position, bytes) -> {
            throw new IOException("the device is gone");
        });
        cache.wish(new int[] {3}, Mode.ON_DEMAND);
        assertThatThrownBy(() -> cache.acquire(3))
                .isInstanceOf(WeightReadException.class)
                .hasMessageContaining("expert 3 of layer 0")
                .hasMessageContaining("the device is gone");
        file.fault((position, bytes) -> -1);
        use(cache, 3);
    }

    @Test
    void afterClosingNothingIsLent() {
        ExpertCache cache = cache(2, 2);
        cache.close();
        assertThatThrownBy(() -> cache.acquire(3)).isInstanceOf(WeightReadException.class);
    }
}
