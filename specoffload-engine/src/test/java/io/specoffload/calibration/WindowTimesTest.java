package io.specoffload.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.data.Percentage.withPercentage;

import io.specoffload.calibration.WindowTimes.Result;
import io.specoffload.calibration.WindowTimes.Work;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleConsumer;
import org.junit.jupiter.api.Test;

class WindowTimesTest {

    private static final double TRUE_SECONDS = 0.002;

    private final Script clock = new Script();

    /** A clock that work moves on. */
    private static final class Script implements WorkClock {
        private double seconds;
        private double computed;
        private boolean countsThreads = true;
        private double compiled;

        @Override
        public long nanos() {
            return Math.round(seconds * 1e9);
        }

        @Override
        public long threadNanos() {
            return countsThreads ? Math.round(computed * 1e9) : -1;
        }

        @Override
        public long jvmNanos() {
            return Math.round(compiled * 1e9);
        }

        void compute(double time) {
            seconds += time;
            computed += time;
        }
    }

    /** How long a call takes in processor time, and how long the thread waits meanwhile. */
    private interface Speed {
        double seconds(int call);

        default double waits(int call) {
            return 0;
        }
    }

    private final class Scripted implements Work {
        private final Speed speed;
        private final List<Double> startedAt = new ArrayList<>();

        Scripted(Speed speed) {
            this.speed = speed;
        }

        @Override
        public double run() {
            startedAt.add(clock.seconds);
            clock.compute(speed.seconds(startedAt.size()));
            clock.seconds += speed.waits(startedAt.size());
            return 1;
        }

        @Override
        public boolean counts(double seconds) {
            return true;
        }
    }

    private Result measure(DoubleConsumer settle, double seconds, Scripted... works) {
        return new WindowTimes(clock, settle).measure(List.of(List.of(works)), seconds);
    }

    @Test
    void codeThatBecomesFasterWithCallsIsMeasuredWhenItIsFast() {
        // interpreted, compiled in haste, compiled well: each kind at its own time
        Scripted early = new Scripted(call -> call < 3 ? 0.1 : TRUE_SECONDS);
        Scripted late = new Scripted(call -> call < 3 ? 0.2 : call < 60 ? 0.006 : TRUE_SECONDS);

        Result result = measure(seconds -> {}, 5, early, late);

        assertThat(result.secondsPerUnit()).containsExactly(new double[] {TRUE_SECONDS, TRUE_SECONDS}, within(1e-6));
        assertThat(result.allSettled()).isTrue();
    }

    @Test
    void whatIsCompiledOnlyWhileTheThreadRestsIsMeasuredAfterwards() {
        // a single busy processor: the compiler gets to work only in the pauses, of which it needs 1.2 s
        double[] rested = {0};
        Scripted one = new Scripted(call -> rested[0] < 0.6 ? 0.02 : TRUE_SECONDS);
        Scripted two = new Scripted(call -> rested[0] < 1.2 ? 0.01 : TRUE_SECONDS / 2);

        Result result = measure(
                seconds -> {
                    double pause = Math.min(seconds, Math.max(0.01, 1.2 - rested[0]));
                    rested[0] += pause;
                    clock.seconds += pause;
                },
                5,
                one,
                two);

        assertThat(result.secondsPerUnit())
                .containsExactly(new double[] {TRUE_SECONDS, TRUE_SECONDS / 2}, within(1e-6));
        assertThat(result.allSettled()).isTrue();
    }

    @Test
    void interpretedCodeGivesWayToTheCompilerAtOnce() {
        // each of 12 kinds takes 0.3 s as long as it is interpreted, and 30 ms of rest to be compiled
        List<Double> rests = new ArrayList<>();
        List<Scripted> works = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            int kind = i;
            works.add(new Scripted(call -> rests.size() <= kind ? 0.3 : TRUE_SECONDS));
        }

        Result result = new WindowTimes(clock, seconds -> {
                    rests.add(seconds);
                    clock.seconds += 0.03;
                })
                .measure(List.of(works), 5);

        assertThat(result.allSettled()).isTrue();
        assertThat(result.secondsPerUnit()).containsOnly(new double[] {TRUE_SECONDS}, within(1e-6));
        assertThat(rests.size()).isGreaterThanOrEqualTo(12);
    }

    @Test
    void windowsInWhichCompilersTookProcessorsDoNotCount() {
        // in three of four calls, 30 at a time, other code is being compiled, and everything takes twice as long: so
        // does the median
        Scripted work = new Scripted(call -> {
            if (call % 40 >= 30) {
                return TRUE_SECONDS;
            }
            clock.compiled += TRUE_SECONDS;
            return 2 * TRUE_SECONDS;
        });

        Result result = measure(seconds -> {}, 2, work);

        assertThat(result.secondsPerUnit()[0]).isEqualTo(TRUE_SECONDS, within(1e-6));
    }

    @Test
    void windowsInWhichTheThreadLostItsProcessorDoNotCount() {
        Random random = new Random(3);
        // three of four samples are held up by others for up to three times their length
        Scripted work = new Scripted(new Speed() {
            @Override
            public double seconds(int call) {
                return TRUE_SECONDS * (1 + 0.02 * random.nextDouble());
            }

            @Override
            public double waits(int call) {
                return random.nextInt(4) == 0 ? 0 : TRUE_SECONDS * (0.2 + 3 * random.nextDouble());
            }
        });

        Result result = measure(seconds -> {}, 2, work);

        assertThat(result.secondsPerUnit()[0]).isBetween(TRUE_SECONDS, 1.02 * TRUE_SECONDS);
    }

    @Test
    void withoutProcessorTimesTheBestWindowCounts() {
        clock.countsThreads = false;
        Scripted work = new Scripted(new Speed() {
            @Override
            public double seconds(int call) {
                return TRUE_SECONDS;
            }

            @Override
            public double waits(int call) {
                // quiet for a while in every second stretch of 40 calls
                return call / 40 % 2 == 0 ? TRUE_SECONDS : 0;
            }
        });

        assertThat(measure(seconds -> {}, 2, work).secondsPerUnit()[0]).isCloseTo(TRUE_SECONDS, within(1e-6));
    }

    @Test
    void whatIsUsualCountsAndNotTheBestMoment() {
        // another guest of the machine leaves the memory alone in one window of eight
        Scripted work = new Scripted(call -> call / 5 % 8 == 0 ? TRUE_SECONDS / 1.8 : TRUE_SECONDS);

        assertThat(measure(seconds -> {}, 2, work).secondsPerUnit()[0]).isCloseTo(TRUE_SECONDS, within(1e-6));
    }

    @Test
    void noiseOfTheMemoryDoesNotKeepItFromBeingKnown() {
        Random random = new Random(4);
        Scripted[] works = new Scripted[40];
        for (int i = 0; i < works.length; i++) {
            works[i] = new Scripted(call -> TRUE_SECONDS * (0.55 + 0.9 * random.nextDouble()));
        }

        Result result = measure(seconds -> {}, 5, works);

        assertThat(result.allSettled()).isTrue();
        assertThat(Arrays.stream(result.secondsPerUnit()).average().orElseThrow())
                .as("no kind has the luck of its best moment")
                .isCloseTo(TRUE_SECONDS, withPercentage(5));
    }

    @Test
    void whatIsSteadyButImplausiblySlowIsNotKnown() {
        Work slow = new Work() {
            @Override
            public double run() {
                clock.compute(TRUE_SECONDS);
                return 1;
            }

            @Override
            public boolean counts(double seconds) {
                return true;
            }

            @Override
            public boolean plausible(double secondsPerUnit) {
                return secondsPerUnit < TRUE_SECONDS / 2;
            }
        };
        Scripted later = new Scripted(call -> TRUE_SECONDS);

        Result result = new WindowTimes(clock, seconds -> {}).measure(List.of(List.of(slow), List.of(later)), 2);

        assertThat(result.settled()).containsExactly(false, false);
        assertThat(later.startedAt).as("the compiler is the slow one's").isEmpty();
    }

    @Test
    void aLuckySampleDoesNotCount() {
        // one in 50 finds its data in a cache
        Scripted work = new Scripted(call -> call % 50 == 0 ? TRUE_SECONDS / 4 : TRUE_SECONDS);

        assertThat(measure(seconds -> {}, 2, work).secondsPerUnit()[0]).isCloseTo(TRUE_SECONDS, within(1e-6));
    }

    @Test
    void everyKindIsVisitedOverAllOfTheTime() {
        List<Scripted> works = new ArrayList<>();
        for (int i = 0; i < 10; i++) {
            int kind = i;
            // never stops getting faster
            works.add(new Scripted(call -> 0.014 * Math.pow(0.75, call / (1 + kind))));
        }

        Result result = new WindowTimes(clock, seconds -> {}).measure(List.of(works), 2);

        assertThat(result.allSettled()).isFalse();
        assertThat(works).allSatisfy(work -> {
            assertThat(Collections.min(work.startedAt)).isLessThan(0.2);
            assertThat(Collections.max(work.startedAt)).isBetween(1.7, 2.0);
        });
        assertThat(clock.seconds).isBetween(1.9, 2.1);
    }

    @Test
    void measuringEndsWhenNothingImproves() {
        measure(seconds -> {}, 10, new Scripted(call -> TRUE_SECONDS), new Scripted(call -> TRUE_SECONDS));

        assertThat(clock.seconds).isBetween(4.0, 4.2);
    }

    @Test
    void aGroupJoinsWhenThoseBeforeItAreKnownAndAllAreVisitedUntilTheEnd() {
        Scripted first = new Scripted(call -> call < 15 ? 0.1 * Math.pow(0.75, call) : 0.0002);
        Scripted second = new Scripted(call -> TRUE_SECONDS);

        new WindowTimes(clock, seconds -> {}).measure(List.of(List.of(first), List.of(second)), 2);

        assertThat(second.startedAt.getFirst()).isGreaterThan(0.25);
        assertThat(Collections.max(first.startedAt)).isGreaterThan(0.7);
        assertThat(second.startedAt.getFirst()).isLessThan(Collections.max(first.startedAt));
    }

    @Test
    void warmingUpEndsInTimeHoweverManyKindsThereAre() {
        List<Scripted> works = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            works.add(new Scripted(call -> 0.3));
        }

        new WindowTimes(clock, seconds -> clock.seconds += 0.05).warmUp(works, 2.5);

        assertThat(clock.seconds).isBetween(2.5, 2.9);
        assertThat(works.getFirst().startedAt).hasSize(1);
        assertThat(works.getLast().startedAt).isEmpty();
    }

    @Test
    void ofWorkThatIsTooSlowOnlyTheFirstIsMeasured() {
        Scripted first = new Scripted(call -> 2);
        Scripted second = new Scripted(call -> 2);

        Result result = new WindowTimes(clock, seconds -> {}).measure(List.of(List.of(first), List.of(second)), 1);

        assertThat(result.secondsPerUnit()[0]).isCloseTo(2, within(1e-9));
        assertThat(result.secondsPerUnit()[1]).isNaN();
        assertThat(result.settled()).containsExactly(false, false);
    }
}
