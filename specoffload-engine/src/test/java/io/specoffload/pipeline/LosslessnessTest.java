package io.specoffload.pipeline;

import static io.specoffload.pipeline.PipelineFixture.VOCABULARY;
import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.pipeline.PipelineFixture.Recorder;
import io.specoffload.pipeline.PipelineSettings.Groups;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.testing.FakeExecutor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Whatever happens around a sequence (arrivals, cancellations, want of memory, either number of groups, changing
 * candidate counts), it says what the target alone says.
 */
class LosslessnessTest {

    private static final int LAST_EVENT = 170;

    private record Job(
            int[] prompt, SamplingParameters sampling, int maxTokens, List<String> stop, boolean ignoreEos) {}

    private static Job job(Random random) {
        int[] prompt = IntStream.range(0, 1 + random.nextInt(25))
                .map(i -> 1 + random.nextInt(VOCABULARY - 1))
                .toArray();
        SamplingParameters sampling = random.nextInt(4) > 0
                ? SamplingParameters.greedy()
                : SamplingParameters.builder()
                        .temperature(1.2f)
                        .seed(random.nextLong())
                        .build();
        List<String> stop = random.nextInt(3) > 0 ? List.of() : List.of("" + letter(random) + letter(random));
        return new Job(prompt, sampling, 1 + random.nextInt(60), stop, random.nextBoolean());
    }

    private static char letter(Random random) {
        return (char) ('a' + random.nextInt(VOCABULARY - 1));
    }

    private static SequenceSpec spec(Job job) {
        return new SequenceSpec(
                job.prompt,
                PipelineFixture.sampler(job.sampling, job.prompt),
                job.maxTokens,
                job.stop,
                job.ignoreEos,
                true,
                false,
                SequenceSpec.NO_DEADLINE);
    }

    private record Said(int[] tokens, String text, FinishReason reason) {}

    /** What the target says without candidates, one sequence at a time. */
    private static List<Said> alone(List<Job> jobs) {
        try (PipelineFixture fixture =
                new PipelineFixture(PipelineFixture.target(), null, new PipelineSettings(1, 10_000, 0, 5))) {
            return jobs.stream()
                    .map(job -> {
                        Recorder recorder = fixture.submit(spec(job));
                        SequenceResult result = recorder.await();
                        return new Said(result.tokens(), recorder.text(), result.finishReason());
                    })
                    .toList();
        }
    }

    /** Keeps the pipeline busy until everything has arrived: a token a pass, and no end. */
    private static SequenceSpec throughout() {
        int[] prompt = {1, 2, 3};
        return new SequenceSpec(
                prompt,
                PipelineFixture.sampler(SamplingParameters.greedy(), prompt),
                100_000,
                List.of(),
                true,
                false,
                false,
                SequenceSpec.NO_DEADLINE);
    }

    @ParameterizedTest
    @EnumSource(Groups.class)
    void everySequenceSaysWhatTheTargetAloneSays(Groups groups) {
        long rounds = 0;
        long accepted = 0;
        long evicted = 0;
        int finished = 0;
        for (long seed = 0; seed < 40; seed++) {
            Random random = new Random(seed);
            List<Job> jobs = IntStream.range(0, 50).mapToObj(i -> job(random)).toList();
            List<Said> expected = alone(jobs);
            int slots = 1 + random.nextInt(9);
            // pages hold 4 positions; a job takes up to 22 of them, the one that runs throughout about 55
            int pages = random.nextBoolean() ? Integer.MAX_VALUE : 58 + random.nextInt(12);
            PipelineSettings settings = new PipelineSettings(
                    slots, 10_000, 1 + random.nextInt(7), random.nextBoolean(), 1 + random.nextInt(12), groups);
            FakeExecutor target = PipelineFixture.target().pages(pages);
            Map<Integer, List<Integer>> arrivals = new HashMap<>();
            Map<Integer, List<Integer>> cancellations = new HashMap<>();
            for (int i = 0; i < jobs.size(); i++) {
                arrivals.computeIfAbsent(random.nextInt(120), pass -> new ArrayList<>())
                        .add(i);
                if (random.nextInt(8) == 0) {
                    cancellations
                            .computeIfAbsent(random.nextInt(160), pass -> new ArrayList<>())
                            .add(i);
                }
            }
            CompletableFuture<Sequence> running = new CompletableFuture<>();
            Recorder[] recorders = new Recorder[jobs.size()];
            try (PipelineFixture fixture = new PipelineFixture(target, PipelineFixture.draft(), settings)) {
                int[] passes = {0};
                // on the pipeline's own thread, so that the order of events is the same each time
                target.beforeForward(batch -> {
                    int pass = passes[0]++;
                    if (pass == LAST_EVENT) {
                        running.join().cancel();
                    }
                    for (int i : arrivals.getOrDefault(pass, List.of())) {
                        recorders[i] = fixture.submit(spec(jobs.get(i)));
                    }
                    for (int i : cancellations.getOrDefault(pass, List.of())) {
                        if (recorders[i] != null) {
                            recorders[i].sequence.cancel();
                        }
                    }
                });
                Recorder throughout = fixture.submit(throughout());
                running.complete(throughout.sequence);
                assertThat(throughout.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
                for (int i = 0; i < recorders.length; i++) {
                    SequenceResult result = recorders[i].await();
                    Said said = expected.get(i);
                    if (result.finishReason() == FinishReason.CANCELLED) {
                        assertThat(result.tokens()).isEqualTo(Arrays.copyOf(said.tokens(), result.tokens().length));
                    } else {
                        assertThat(result.tokens())
                                .as("seed %d, job %d", seed, i)
                                .isEqualTo(said.tokens());
                        assertThat(recorders[i].text()).isEqualTo(said.text());
                        assertThat(result.finishReason()).isEqualTo(said.reason());
                        finished++;
                    }
                }
                rounds += fixture.pipeline.counters().rounds();
                accepted += fixture.pipeline.counters().accepted();
                evicted += fixture.pipeline.counters().evicted();
                assertThat(fixture.pipeline.counters().running()).isZero();
                assertThat(fixture.pagesInUse()).isZero();
            }
        }
        // else the test would not have tested what it says
        assertThat(rounds).isGreaterThan(5000);
        assertThat(accepted).isGreaterThan(5000);
        assertThat(evicted).isGreaterThan(20);
        assertThat(finished).isGreaterThan(1200);
    }
}
