package io.specoffload.pipeline;

import static io.specoffload.pipeline.PipelineFixture.VOCABULARY;

import io.specoffload.plan.RoundForecast;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.telemetry.RoundRecord;
import io.specoffload.testing.FakeExecutor;
import io.specoffload.testing.FakeTokenizer;
import io.specoffload.testing.VirtualMachine;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Runs the pipeline in worlds whose time is computed, and which may change meanwhile. */
final class Worlds {

    private static final int LAYERS = 22;
    private static final int STAGING = 12;
    private static final SamplingParameters NO_END = SamplingParameters.builder()
            .logitBias(Map.of(FakeTokenizer.END, -100f))
            .build();

    private Worlds() {}

    /**
     * A situation.
     *
     * @param io seconds of streaming a sweep
     * @param row seconds of verifying a row
     * @param draft seconds of drafting a candidate for a sequence
     * @param acceptance how often the draft model is right
     * @param sequences in flight
     */
    record World(double io, double row, double draft, double acceptance, int sequences) {

        VirtualMachine.Spec spec() {
            return new VirtualMachine.Spec(
                    LAYERS, io, STAGING, true, rows -> 0.02 + row * rows, rows -> 0.005 + draft * rows, true);
        }

        /**
         * As of a machine that was measured to be a third faster than it is.
         *
         * @param candidates that it promises most of
         */
        RoundForecast forecast(int candidates) {
            return new RoundForecast(
                    candidates,
                    acceptance,
                    rows -> 0.75 * (0.02 + row * rows),
                    drafted -> 0.75 * (0.005 + draft * drafted));
        }
    }

    /**
     * When what happens, in passes of the target.
     *
     * @param change the world changes
     * @param from the first that counts
     * @param to behind the last one
     */
    record Passes(int change, int from, int to) {}

    /**
     * What was measured.
     *
     * @param tokensPerSecond of the passes that count
     * @param tokensPerComputedSecond the same over the time that computing would have taken on a quiet machine
     * @param counts candidates per sequence of every draft that counts and was no trial
     */
    record Outcome(double tokensPerSecond, double tokensPerComputedSecond, List<Integer> counts) {

        /** How often another count was chosen. */
        long changes() {
            return IntStream.range(1, counts.size())
                    .filter(i -> !counts.get(i).equals(counts.get(i - 1)))
                    .count();
        }
    }

    /** Runs in one world and then in another one, with a forecast of rounds or none. */
    static Outcome run(
            World first, World then, PipelineSettings settings, @Nullable RoundForecast forecast, Passes passes) {
        return run(first, then, settings, forecast, passes, at -> 1);
    }

    /** The same on a machine that others use too. */
    static Outcome run(
            World first,
            World then,
            PipelineSettings settings,
            @Nullable RoundForecast forecast,
            Passes passes,
            DoubleUnaryOperator slowdown) {
        VirtualMachine machine = new VirtualMachine(first.spec());
        machine.share(slowdown);
        double[] acceptance = {first.acceptance()};
        FakeExecutor target = PipelineFixture.target();
        FakeExecutor draft = new FakeExecutor(
                VOCABULARY,
                (tokens, length, logits) -> FakeExecutor.disagreeing(FakeExecutor.hashed(7, 8), 99, 1 - acceptance[0])
                        .logits(tokens, length, logits));
        CountDownLatch measured = new CountDownLatch(1);
        double[] seconds = new double[2];
        double[] computed = new double[2];
        long[] tokens = new long[2];
        try (PipelineFixture fixture = new PipelineFixture(target, draft, settings, machine, forecast)) {
            Together together = new Together(fixture, NO_END);
            int[] count = {0};
            target.beforeForward(batch -> {
                together.beforeForward();
                int pass = ++count[0];
                if (pass == passes.change()) {
                    machine.become(then.spec());
                    acceptance[0] = then.acceptance();
                    submit(fixture, first.sequences(), then.sequences());
                }
                int at = pass == passes.from() ? 0 : pass == passes.to() ? 1 : -1;
                if (at >= 0) {
                    seconds[at] = machine.seconds();
                    computed[at] = machine.computedSeconds();
                    tokens[at] = fixture.pipeline.counters().completionTokens();
                }
                if (at == 1) {
                    fixture.pipeline.cancelAll();
                    measured.countDown();
                }
            });
            together.submit(
                    IntStream.range(0, first.sequences())
                            .mapToObj(Worlds::prompt)
                            .toList(),
                    i -> 1_000_000);
            measured.await();
            List<Integer> counts = fixture.pipeline.snapshot().latest().stream()
                    .filter(round -> !round.draft().isEmpty() && !round.reason().startsWith("probe"))
                    .map(RoundRecord::candidates)
                    .toList();
            return new Outcome(
                    (tokens[1] - tokens[0]) / (seconds[1] - seconds[0]),
                    (tokens[1] - tokens[0]) / (computed[1] - computed[0]),
                    counts.subList(Math.max(0, counts.size() - (passes.to() - passes.from())), counts.size()));
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static int[] prompt(int i) {
        return new int[] {1 + i % 9, 1 + i / 9, 3};
    }

    private static void submit(PipelineFixture fixture, int from, int to) {
        for (int i = from; i < to; i++) {
            fixture.submit(prompt(i), NO_END, 1_000_000);
        }
    }
}
