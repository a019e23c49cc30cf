package io.specoffload.pipeline;

import static io.specoffload.pipeline.PipelineFixture.VOCABULARY;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.pipeline.PipelineFixture.Recorder;
import io.specoffload.pipeline.PipelineSettings.Groups;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.testing.FakeExecutor;
import io.specoffload.testing.FakeTokenizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ParameterizedClass
@EnumSource(
        value = Groups.class,
        names = {"ONE", "TWO"})
class DualBatchPipelineTest {

    private static final SamplingParameters GREEDY = SamplingParameters.greedy();

    @Parameter
    private Groups groups;

    private PipelineSettings settings(int slots, int candidates) {
        return new PipelineSettings(slots, 100, candidates, 5).withGroups(groups);
    }

    private static SamplingParameters seeded(long seed) {
        return SamplingParameters.builder().temperature(1.5f).seed(seed).build();
    }

    private static int[] prompt(Random random) {
        return IntStream.range(0, 1 + random.nextInt(14))
                .map(i -> 1 + random.nextInt(VOCABULARY - 1))
                .toArray();
    }

    /** What the target says alone, one sequence at a time, without candidates. */
    private static List<int[]> alone(List<int[]> prompts, List<SamplingParameters> sampling, int maxTokens) {
        try (PipelineFixture fixture =
                new PipelineFixture(PipelineFixture.target(), null, new PipelineSettings(1, 100, 0, 5))) {
            return IntStream.range(0, prompts.size())
                    .mapToObj(i -> fixture.submit(prompts.get(i), sampling.get(i), maxTokens)
                            .await()
                            .tokens())
                    .toList();
        }
    }

    @ParameterizedTest
    @CsvSource({"1,1", "1,4", "3,4", "8,4", "8,9", "3,0"})
    void speculationChangesNothing(int slots, int candidates) {
        Random random = new Random(slots * 100L + candidates);
        List<int[]> prompts =
                IntStream.range(0, 60).mapToObj(i -> prompt(random)).toList();
        List<SamplingParameters> sampling = IntStream.range(0, 60)
                .mapToObj(i -> switch (i % 3) {
                    case 0 -> GREEDY;
                    case 1 -> seeded(i);
                    default ->
                        SamplingParameters.builder()
                                .repetitionPenalty(1.3f)
                                .frequencyPenalty(0.5f)
                                .build();
                })
                .toList();
        List<int[]> expected = alone(prompts, sampling, 40);
        try (PipelineFixture fixture =
                new PipelineFixture(PipelineFixture.target(), PipelineFixture.draft(), settings(slots, candidates))) {
            List<Recorder> recorders = IntStream.range(0, prompts.size())
                    .mapToObj(i -> fixture.submit(prompts.get(i), sampling.get(i), 40))
                    .toList();
            int accepted = 0;
            for (int i = 0; i < recorders.size(); i++) {
                SequenceResult result = recorders.get(i).await();
                assertThat(result.tokens()).as("prompt %d", i).isEqualTo(expected.get(i));
                accepted += result.accepted();
            }
            assertThat(fixture.pagesInUse()).isZero();
            if (candidates > 0) {
                // else the test would not have tested speculation
                assertThat(accepted).isGreaterThan(100);
            }
        }
    }

    @Test
    void acceptedCandidatesSaveRounds() {
        FakeExecutor same = new FakeExecutor(VOCABULARY, FakeExecutor.hashed(7, 8));
        try (PipelineFixture fixture = new PipelineFixture(PipelineFixture.target(), same, settings(1, 4))) {
            SamplingParameters noEnd = SamplingParameters.builder()
                    .logitBias(Map.of(FakeTokenizer.END, -100f))
                    .build();
            SequenceResult result =
                    fixture.submit(new int[] {1, 2, 3}, noEnd, 51).await();
            assertThat(result.tokens()).hasSize(51);
            // one round for the prompt's own token, then five tokens a round
            assertThat(result.rounds()).isEqualTo(11);
            assertThat(result.accepted()).isEqualTo(result.drafted()).isEqualTo(40);
        }
    }

    @Test
    void theEndTokenAmongAcceptedCandidatesEndsTheSequenceThere() {
        // both models say 1, 2, 3, end, and go on after the end as if nothing had happened
        FakeExecutor.Script script = (tokens, length, logits) -> {
            java.util.Arrays.fill(logits, 0);
            logits[length % 4] = 10;
        };
        try (PipelineFixture fixture = new PipelineFixture(
                new FakeExecutor(VOCABULARY, script), new FakeExecutor(VOCABULARY, script), settings(1, 8))) {
            Recorder recorder = fixture.submit(new int[] {4}, GREEDY, 100);
            SequenceResult result = recorder.await();
            assertThat(result.tokens()).containsExactly(1, 2, 3);
            assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(result.completionTokens()).isEqualTo(4);
            // the end token was a candidate too; the four after it do not count
            assertThat(result.accepted()).isEqualTo(4);
            assertThat(recorder.text()).isEqualTo("abc");
            assertThat(fixture.pagesInUse()).isZero();
        }
    }

    @Test
    void endTokensAreOrdinaryWhenIgnored() {
        FakeExecutor.Script script = (tokens, length, logits) -> {
            java.util.Arrays.fill(logits, 0);
            logits[length % 2] = 10;
        };
        try (PipelineFixture fixture =
                new PipelineFixture(new FakeExecutor(VOCABULARY, script), null, settings(1, 0))) {
            int[] prompt = {4};
            SequenceSpec spec = new SequenceSpec(
                    prompt,
                    PipelineFixture.sampler(GREEDY, prompt),
                    6,
                    List.of(),
                    true,
                    true,
                    false,
                    SequenceSpec.NO_DEADLINE);
            SequenceResult result = fixture.submit(spec).await();
            assertThat(result.tokens()).containsExactly(1, 0, 1, 0, 1, 0);
            assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 9})
    void aStopTextAcrossTokensAndCandidatesEndsTheSequenceThere(int candidates) {
        FakeExecutor.Script script = (tokens, length, logits) -> {
            java.util.Arrays.fill(logits, 0);
            logits[1 + length % 9] = 10;
        };
        try (PipelineFixture fixture = new PipelineFixture(
                new FakeExecutor(VOCABULARY, script), new FakeExecutor(VOCABULARY, script), settings(1, candidates))) {
            int[] prompt = {1};
            SequenceSpec spec = new SequenceSpec(
                    prompt,
                    PipelineFixture.sampler(GREEDY, prompt),
                    100,
                    List.of("fgh", "zzz"),
                    false,
                    true,
                    false,
                    SequenceSpec.NO_DEADLINE);
            Recorder recorder = fixture.submit(spec);
            assertThat(recorder.text()).isEqualTo("bcde");
            SequenceResult result = recorder.await();
            assertThat(result.finishReason()).isEqualTo(FinishReason.STOP);
            assertThat(result.tokens()).containsExactly(2, 3, 4, 5, 6, 7, 8);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5, 6, 7})
    void theTokenLimitIsExact(int maxTokens) {
        FakeExecutor.Script script = (tokens, length, logits) -> {
            java.util.Arrays.fill(logits, 0);
            logits[1 + length % 9] = 10;
        };
        try (PipelineFixture fixture = new PipelineFixture(
                new FakeExecutor(VOCABULARY, script), new FakeExecutor(VOCABULARY, script), settings(1, 4))) {
            SequenceResult result =
                    fixture.submit(new int[] {1, 1}, GREEDY, maxTokens).await();
            assertThat(result.tokens()).hasSize(maxTokens);
            assertThat(result.finishReason()).isEqualTo(FinishReason.LENGTH);
        }
    }

    @Test
    void cancellingFreesTheSlotDuringPrefillWhileDecodingAndInTheQueue() throws Exception {
        CountDownLatch firstPass = new CountDownLatch(1);
        CountDownLatch mayGoOn = new CountDownLatch(1);
        FakeExecutor target = PipelineFixture.target().beforeForward(batch -> {
            firstPass.countDown();
            awaitUnchecked(mayGoOn);
        });
        try (PipelineFixture fixture = new PipelineFixture(target, PipelineFixture.draft(), settings(2, 4))) {
            int[] longPrompt = IntStream.range(0, 500).map(i -> 1 + i % 9).toArray();
            Recorder prefilling = fixture.submit(longPrompt, GREEDY, 1000);
            Recorder decoding = fixture.submit(new int[] {1, 2}, noEnd(), 1_000_000);
            Recorder waiting = fixture.submit(new int[] {3}, noEnd(), 1_000_000);
            Recorder last = fixture.submit(new int[] {3, 4}, GREEDY, 3);
            assertThat(firstPass.await(30, TimeUnit.SECONDS)).isTrue();
            prefilling.sequence.cancel();
            waiting.sequence.cancel();
            mayGoOn.countDown();
            assertThat(prefilling.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(prefilling.await().tokens()).isEmpty();
            assertThat(waiting.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(last.await().finishReason()).isNotEqualTo(FinishReason.CANCELLED);
            decoding.sequence.cancel();
            assertThat(decoding.await().finishReason()).isEqualTo(FinishReason.CANCELLED);
            assertThat(fixture.pagesInUse()).isZero();
        }
    }

    private static SamplingParameters noEnd() {
        return SamplingParameters.builder()
                .logitBias(Map.of(FakeTokenizer.END, -100f))
                .build();
    }

    private static void awaitUnchecked(CountDownLatch latch) {
        try {
            if (!latch.await(30, TimeUnit.SECONDS)) {
                throw new IllegalStateException("nobody let the pass go on");
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aDeadlineCancels() {
        try (PipelineFixture fixture = new PipelineFixture(PipelineFixture.target(), null, settings(1, 0))) {
            int[] prompt = {1};
            SequenceSpec spec = new SequenceSpec(
                    prompt,
                    PipelineFixture.sampler(noEnd(), prompt),
                    1_000_000,
                    List.of(),
                    false,
                    true,
                    false,
                    System.nanoTime() + 20_000_000);
            assertThat(fixture.submit(spec).await().finishReason()).isEqualTo(FinishReason.CANCELLED);
        }
    }

    @Test
    void aFullQueueRefuses() throws Exception {
        CountDownLatch firstPass = new CountDownLatch(1);
        CountDownLatch mayGoOn = new CountDownLatch(1);
        FakeExecutor target = PipelineFixture.target().beforeForward(batch -> {
            firstPass.countDown();
            awaitUnchecked(mayGoOn);
        });
        try (PipelineFixture fixture =
                new PipelineFixture(target, null, new PipelineSettings(1, 2, 0, 5).withGroups(groups))) {
            List<Recorder> accepted = new ArrayList<>();
            accepted.add(fixture.submit(new int[] {1}, GREEDY, 3));
            assertThat(firstPass.await(30, TimeUnit.SECONDS)).isTrue();
            accepted.add(fixture.submit(new int[] {1}, GREEDY, 3));
            accepted.add(fixture.submit(new int[] {1}, GREEDY, 3));
            assertThatThrownBy(() -> fixture.submit(new int[] {1}, GREEDY, 3)).hasMessageContaining("full");
            mayGoOn.countDown();
            accepted.forEach(Recorder::await);
        }
    }

    @Test
    void aFailedPassEndsItsSequencesAndSparesLaterOnes() {
        AtomicBoolean fail = new AtomicBoolean(true);
        FakeExecutor target = PipelineFixture.target().beforeForward(batch -> {
            if (fail.get()) {
                throw new IllegalStateException("no luck");
            }
        });
        try (PipelineFixture fixture = new PipelineFixture(target, PipelineFixture.draft(), settings(2, 4))) {
            Recorder unlucky = fixture.submit(new int[] {1}, GREEDY, 3);
            assertThatThrownBy(unlucky::await).hasRootCauseMessage("no luck");
            fail.set(false);
            assertThat(fixture.submit(new int[] {1}, noEnd(), 3).await().tokens())
                    .hasSize(3);
            assertThat(fixture.pagesInUse()).isZero();
        }
    }

    @Test
    void aFailingDraftModelCostsSpeedNotAnswers() {
        FakeExecutor draft = PipelineFixture.draft().beforeForward(batch -> {
            throw new IllegalStateException("no draft today");
        });
        int[] expected = alone(List.of(new int[] {1, 2}), List.of(GREEDY), 30).getFirst();
        try (PipelineFixture fixture = new PipelineFixture(PipelineFixture.target(), draft, settings(2, 4))) {
            SequenceResult result = fixture.submit(new int[] {1, 2}, GREEDY, 30).await();
            assertThat(result.tokens()).isEqualTo(expected);
            assertThat(result.drafted()).isZero();
        }
    }

    @Test
    void logitsThatAreNoNumbersFailOnlyTheirSequence() {
        FakeExecutor.Script sane = FakeExecutor.hashed(7, 8);
        FakeExecutor target = new FakeExecutor(VOCABULARY, (tokens, length, logits) -> {
            sane.logits(tokens, length, logits);
            if (tokens[0] == 9 && length > 3) {
                logits[5] = Float.NaN;
            }
        });
        try (PipelineFixture fixture = new PipelineFixture(target, PipelineFixture.draft(), settings(2, 4))) {
            Recorder broken = fixture.submit(new int[] {9, 1}, noEnd(), 30);
            Recorder whole = fixture.submit(new int[] {1, 2}, noEnd(), 30);
            assertThatThrownBy(broken::await).hasMessageContaining("NaN");
            assertThat(whole.await().tokens()).hasSize(30);
            assertThat(fixture.pagesInUse()).isZero();
        }
    }

    @Test
    void closingCancelsEverything() {
        PipelineFixture fixture =
                new PipelineFixture(PipelineFixture.target(), PipelineFixture.draft(), settings(2, 4));
        List<Recorder> recorders = IntStream.range(0, 10)
                .mapToObj(i -> fixture.submit(new int[] {1 + i}, noEnd(), 1_000_000))
                .toList();
        fixture.close();
        recorders.forEach(
                recorder -> assertThat(recorder.await().finishReason()).isEqualTo(FinishReason.CANCELLED));
        assertThatThrownBy(() -> fixture.submit(new int[] {1}, GREEDY, 1)).hasMessageContaining("full");
    }
}
