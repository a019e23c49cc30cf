package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.execution.ExpertSimulation.Figures;
import io.specoffload.execution.ExpertSimulation.Guessing;
import io.specoffload.execution.GuessGuard.Pass;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Guesses stay as long as they pay: with the real cache in computed time, and with passes of given figures. */
class GuessGuardTest {

    private static final int PASSES = 160;

    /** Reads in flight of a device that has begun what nobody wants any more. */
    private static final int DEEP = 32;

    /** Of every pass, without waits. */
    private static final double COMPUTE = 0.1;

    private static final int NEEDED = 100;

    /**
     * A link that reads all the time while experts are missing: at a speed of 0.3, passes wait three quarters of their
     * time.
     */
    @ParameterizedTest
    @CsvSource({"1, 1", "5, 1", "1, 0.3", "5, 0.3"})
    void guardedPassesAreNoSlowerThanWithoutGuessesAndKeepTheGain(int rows, double speed) {
        Figures none =
                new ExpertSimulation(rows, PASSES, speed, ExpertSimulation.READS_IN_FLIGHT).run(Guessing.NEVER, 0);
        System.out.printf("%d rows, speed %.1f%n%s%n%s%n", rows, speed, Figures.HEADER, none.row("none"));
        for (double accuracy : new double[] {0.1, 0.5, 0.7, 0.9}) {
            ExpertSimulation simulation = new ExpertSimulation(rows, PASSES, speed, ExpertSimulation.READS_IN_FLIGHT);
            Figures always = simulation.run(Guessing.ALWAYS, accuracy);
            Figures guarded = simulation.run(Guessing.GUARDED, accuracy);
            System.out.println(always.row(String.valueOf(accuracy)));
            System.out.println(guarded.row(accuracy + " guarded") + "  "
                    + simulation.guard().state());
            // guessing so badly is found out in the first half
            int from = accuracy < 0.5 ? PASSES / 2 : ExpertSimulation.WARM_UP;
            assertThat(guarded.seconds(from, PASSES)).isLessThan(1.03 * none.seconds(from, PASSES));
            double gain = none.seconds() - always.seconds();
            if (gain > 0.02 * none.seconds()) {
                assertThat(none.seconds() - guarded.seconds()).isGreaterThan(0.8 * gain);
                assertThat(simulation.guard().state().on()).isTrue();
            } else if (gain < -0.05 * none.seconds()) {
                assertThat(simulation.guard().state().on()).isFalse();
            }
        }
    }

    /** A device with a deep queue: wrong guesses in it are read before experts that are needed. */
    @Test
    void guessesThatCostTimeEndAndBeginAgainWhenTheyAreGood() {
        int bad = 120;
        int passes = 600;
        ExpertSimulation simulation = new ExpertSimulation(5, passes, 1, DEEP);
        IntToDoubleFunction accuracy = pass -> pass < bad ? 0.5 : 0.95;
        Figures none = simulation.run(Guessing.NEVER, accuracy);
        Figures always = simulation.run(Guessing.ALWAYS, accuracy);
        int from = ExpertSimulation.WARM_UP;
        assertThat(always.seconds(from, bad)).isGreaterThan(1.1 * none.seconds(from, bad));
        assertThat(always.seconds(bad + 20, passes)).isLessThan(0.9 * none.seconds(bad + 20, passes));

        Figures guarded = simulation.run(Guessing.GUARDED, accuracy);
        // after the first comparison, only a few passes guess
        assertThat(guarded.seconds(40, bad)).isLessThan(1.04 * none.seconds(40, bad));
        // in the end it guesses
        assertThat(guarded.seconds(passes - 100, passes)).isLessThan(1.01 * always.seconds(passes - 100, passes));
        assertThat(simulation.guard().state().on()).isTrue();

        ExpertSimulation untilBad = new ExpertSimulation(5, bad, 1, DEEP);
        untilBad.run(Guessing.GUARDED, accuracy);
        assertThat(untilBad.guard().state().on()).isFalse();
        assertThat(untilBad.guard().state().reason()).contains("faster than with guesses");
        assertThat(untilBad.guard().state().secondsWith())
                .isGreaterThan(untilBad.guard().state().secondsWithout());
    }

    /** Passes of given figures; returns how many of them guessed. */
    private static int passes(GuessGuard guard, int rows, int count, double waitWith, double waitWithout, Kind kind) {
        int guessed = 0;
        for (int i = 0; i < count; i++) {
            boolean guesses = guard.guesses(rows);
            guessed += guesses ? 1 : 0;
            double wait = guesses ? waitWith : waitWithout;
            guard.learn(new Pass(
                    rows,
                    NEEDED,
                    COMPUTE + wait,
                    wait,
                    guesses ? kind.inVain : 0,
                    guesses ? NEEDED : 0,
                    guesses ? kind.right : 0));
        }
        return guessed;
    }

    /** Link seconds for reads in vain, and right guesses of {@link #NEEDED}. */
    private record Kind(double inVain, long right) {
        static final Kind BAD = new Kind(0.05, 30);
        static final Kind GOOD = new Kind(0.001, 90);
    }

    @Test
    void badGuessesEndAndAreTriedLessAndLessOften() {
        GuessGuard guard = new GuessGuard();
        passes(guard, 1, 40, 0.1, 0.05, Kind.BAD);
        assertThat(guard.state().on()).isFalse();
        assertThat(guard.state().rightShare()).isEqualTo(0.3);
        assertThat(guard.state().reason()).contains("33% faster than with guesses", "30% were right");
        // trials of 2 + 4 passes, of 16, 32, 64, 128, 256, 256... in between
        assertThat(passes(guard, 1, 1000, 0.1, 0.05, Kind.BAD)).isBetween(4 * 6, 6 * 6);
        assertThat(guard.state().on()).isFalse();
        // good ones are noticed after no more than the longest break
        passes(guard, 1, 300, 0.02, 0.05, Kind.GOOD);
        assertThat(guard.state().on()).isTrue();
        assertThat(passes(guard, 1, 1000, 0.02, 0.05, Kind.GOOD)).isEqualTo(1000);
    }

    @Test
    void theFlightRecorderTellsOfEachChange(@TempDir Path folder) throws IOException {
        Path file = folder.resolve("guesses.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("io.specoffload.ExpertGuesses").withoutThreshold();
            recording.start();
            passes(new GuessGuard(), 3, 20, 0.1, 0.05, Kind.BAD);
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertThat(events).hasSize(2);
        assertThat(events.getFirst().getBoolean("trial")).isTrue();
        assertThat(events.getLast().getBoolean("on")).isFalse();
        assertThat(events.getLast().getInt("rows")).isEqualTo(3);
        assertThat(events.getLast().getString("reason")).contains("faster than with guesses");
    }

    @Test
    void nothingIsTriedWhereNothingCanBeGained() {
        // wrong guesses on a link that has time for them
        GuessGuard idle = new GuessGuard();
        assertThat(passes(idle, 1, 500, 0.001, 0.001, Kind.BAD)).isEqualTo(500);
        assertThat(idle.state().reason()).contains("hardly wait");
        // a full link, but guesses are right
        GuessGuard right = new GuessGuard();
        assertThat(passes(right, 1, 500, 0.1, 0.2, Kind.GOOD)).isEqualTo(500);
        assertThat(right.state().reason()).contains("hardly any guess is read in vain");
        assertThat(right.state().secondsWithout()).isNaN();
        GuessGuard none = new GuessGuard();
        assertThat(passes(none, 1, 500, 0.2, 0.2, new Kind(0, 0))).isEqualTo(500);
        assertThat(none.state().reason()).contains("hardly any guess is read in vain");
    }

    @Test
    void smallDifferencesChangeNothing() {
        GuessGuard guard = new GuessGuard();
        // 1% slower with guesses
        passes(guard, 1, 500, 0.102, 0.1, Kind.BAD);
        assertThat(guard.state().on()).isTrue();
        passes(guard, 1, 500, 0.15, 0.1, Kind.BAD);
        assertThat(guard.state().on()).isFalse();
        // now 1% faster
        passes(guard, 1, 1000, 0.098, 0.1, Kind.BAD);
        assertThat(guard.state().on()).isFalse();
    }

    @Test
    void guessesThatGetWorseAreComparedSoon() {
        GuessGuard guard = new GuessGuard();
        Kind fair = new Kind(0.04, 60);
        passes(guard, 1, 1000, 0.08, 0.1, fair);
        assertThat(guard.state().on()).isTrue();
        // up to 256 passes would go by otherwise: 16 to notice, 16 until the comparison, which takes 6
        passes(guard, 1, 45, 0.12, 0.1, Kind.BAD);
        assertThat(guard.state().on()).isFalse();
    }

    @Test
    void passesOfOtherSizesHaveTheirOwnOutcome() {
        GuessGuard guard = new GuessGuard();
        passes(guard, 6, 40, 0.1, 0.05, Kind.BAD);
        passes(guard, 1, 40, 0.05, 0.1, Kind.BAD);
        assertThat(guard.guesses(1)).isTrue();
        assertThat(guard.guesses(4)).isFalse();
        assertThat(guard.guesses(7)).isFalse();
        assertThat(guard.guesses(8)).isTrue();
    }
}
