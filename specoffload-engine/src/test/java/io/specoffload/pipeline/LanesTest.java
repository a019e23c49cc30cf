package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.execution.ComputeGate;
import io.specoffload.pipeline.PipelineSettings.Groups;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.testing.FakeExecutor;
import io.specoffload.testing.FakeTokenizer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Exchanger;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.IntStream;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lanes themselves: threads, priority, events. */
class LanesTest {

    private static final SamplingParameters NO_END = SamplingParameters.builder()
            .logitBias(Map.of(FakeTokenizer.END, -100f))
            .build();

    @TempDir
    java.nio.file.Path folder;

    @Test
    void aLaneGivesResultsAndFailuresAndEnds() {
        ThreadLane lane = new ThreadLane("lane");
        assertThat(lane.start(() -> Thread.currentThread().getName()).join()).isEqualTo("lane");
        Lane.Running<Object> failing = lane.start(() -> {
            throw new IllegalArgumentException("no");
        });
        assertThatThrownBy(failing::join).isInstanceOf(IllegalArgumentException.class);
        Lane.Running<Object> dying = lane.start(() -> {
            throw new StackOverflowError();
        });
        assertThatThrownBy(dying::join).isInstanceOf(StackOverflowError.class);
        assertThat(lane.start(() -> 5).join()).isEqualTo(5);
        lane.close();
        lane.close();
        assertThatIllegalStateException().isThrownBy(() -> lane.start(() -> 1));
    }

    @Test
    void joiningDoesNotGiveUpWhenInterrupted() throws Exception {
        ThreadLane lane = new ThreadLane("lane");
        CountDownLatch go = new CountDownLatch(1);
        Lane.Running<Integer> running = lane.start(() -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                return -1;
            }
            return 7;
        });
        Thread.currentThread().interrupt();
        Thread.ofVirtual().start(go::countDown);
        assertThat(running.join()).isEqualTo(7);
        assertThat(Thread.interrupted()).isTrue();
        lane.close();
    }

    @Test
    void withTwoGroupsBothModelsRunAtTheSameTime() {
        // a pass of each model waits a moment for one of the other: they meet only where the lanes really overlap
        Exchanger<String> meeting = new Exchanger<>();
        CountDownLatch met = new CountDownLatch(10);
        Set<String> targetThreads = ConcurrentHashMap.newKeySet();
        Set<String> draftThreads = ConcurrentHashMap.newKeySet();
        FakeExecutor target = PipelineFixture.target().beforeForward(batch -> {
            targetThreads.add(Thread.currentThread().getName());
            meet(meeting, met, "target");
        });
        FakeExecutor draft = PipelineFixture.draft().beforeForward(batch -> {
            draftThreads.add(Thread.currentThread().getName());
            meet(meeting, met, "draft");
        });
        PipelineSettings settings = new PipelineSettings(8, 100, 1, 64).withGroups(Groups.TWO);
        try (PipelineFixture fixture = new PipelineFixture(target, draft, settings)) {
            List<PipelineFixture.Recorder> recorders = IntStream.range(0, 8)
                    .mapToObj(i -> fixture.submit(new int[] {1 + i}, NO_END, 200))
                    .toList();
            recorders.forEach(PipelineFixture.Recorder::await);
        }
        assertThat(met.getCount()).isZero();
        assertThat(targetThreads).containsExactly("specoffload-pipeline");
        assertThat(draftThreads).contains("specoffload-draft");
    }

    private static void meet(Exchanger<String> meeting, CountDownLatch met, String name) {
        if (met.getCount() == 0) {
            return;
        }
        try {
            if (!meeting.exchange(name, 300, TimeUnit.MILLISECONDS).equals(name)) {
                met.countDown();
            }
        } catch (TimeoutException e) {
            // nothing runs beside it: at the start, for example
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void theBackgroundGivesWayAndGoesOnInTheWaits() throws Exception {
        ComputeGate gate = new ComputeGate();
        gate.awaitTurn();
        gate.foregroundComputes();
        CountDownLatch passed = new CountDownLatch(1);
        Thread background = Thread.ofPlatform().start(() -> {
            gate.awaitTurn();
            passed.countDown();
        });
        while (background.getState() != Thread.State.WAITING) {
            Thread.onSpinWait();
        }
        assertThat(passed.getCount()).isEqualTo(1);
        gate.foregroundWaits();
        assertThat(passed.await(30, TimeUnit.SECONDS)).isTrue();
        background.join();
        assertThat(gate.waitedNanos()).isPositive();
    }

    @Test
    void roundsAreInTheFlightRecorder() throws Exception {
        java.nio.file.Path file = folder.resolve("rounds.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("io.specoffload.Round");
            recording.enable("io.specoffload.Draft").withoutThreshold();
            recording.enable("io.specoffload.Verify").withoutThreshold();
            recording.start();
            PipelineSettings settings = new PipelineSettings(2, 10, 3, 64);
            try (PipelineFixture fixture =
                    new PipelineFixture(PipelineFixture.target(), PipelineFixture.draft(), settings)) {
                fixture.submit(new int[] {1, 2}, NO_END, 30).await();
            }
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertThat(events.stream()
                        .filter(event -> event.getEventType().getName().equals("io.specoffload.Round"))
                        .mapToInt(event -> event.getInt("tokens"))
                        .sum())
                .isEqualTo(30);
        assertThat(events)
                .anyMatch(event ->
                        event.getEventType().getName().equals("io.specoffload.Draft") && event.getInt("drafted") == 3)
                .anyMatch(event ->
                        event.getEventType().getName().equals("io.specoffload.Verify") && event.getInt("rows") == 4)
                .anyMatch(event -> event.getEventType().getName().equals("io.specoffload.Round")
                        && event.getString("reason").equals("fixed"));
    }
}
