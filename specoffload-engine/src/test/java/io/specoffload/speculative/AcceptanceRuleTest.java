package io.specoffload.speculative;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.sampling.Distribution;
import io.specoffload.sampling.Sampler;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.sampling.TokenRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Losslessness: several sequences at once with mixed candidate counts, draft and target models whose logits depend on
 * the whole prefix; the joint distribution of the first three tokens must be the target's own.
 */
class AcceptanceRuleTest {
    private static final int VOCABULARY = 4;
    private static final int LENGTH = 3;
    private static final int OUTCOMES = VOCABULARY * VOCABULARY * VOCABULARY;
    private static final int RUNS = 60_000;
    private static final int GROUP = 4;
    /** 99.9999% quantile of chi-square with 63 degrees of freedom is about 131. */
    private static final double LIMIT = 131;

    private static final SamplingParameters PLAIN =
            SamplingParameters.builder().temperature(0.8f).build();
    private static final SamplingParameters FULL = SamplingParameters.builder()
            .temperature(0.9f)
            .topP(0.97f)
            .presencePenalty(0.4f)
            .repetitionPenalty(1.2f)
            .build();

    private interface Rule {
        Verification accept(Candidates candidates, IntFunction<Distribution> target, Sampler sampler, int position);
    }

    private enum Drafting {
        MODEL,
        DETERMINISTIC,
        SEEDED
    }

    @ParameterizedTest
    @EnumSource(Drafting.class)
    void outputIsDistributedAsTheTargets(Drafting drafting) {
        for (SamplingParameters parameters : List.of(PLAIN, FULL)) {
            Rule rule = (candidates, target, sampler, position) ->
                    AcceptanceRule.of(sampler).accept(candidates, target, sampler, position);
            assertThat(chiSquare(rule, drafting, parameters, false)).isLessThan(LIMIT);
        }
    }

    @Test
    void acceptingEverythingIsCaught() {
        Rule mutant = (candidates, target, sampler, position) -> {
            int count = candidates.count();
            return Verification.of(candidates, count, sampler.choose(target.apply(count), position + count));
        };
        assertThat(chiSquare(mutant, Drafting.MODEL, PLAIN, false)).isGreaterThan(10 * LIMIT);
        assertThat(chiSquare(mutant, Drafting.DETERMINISTIC, PLAIN, false)).isGreaterThan(10 * LIMIT);
    }

    @Test
    void resamplingFromTheTargetsDistributionIsCaught() {
        Rule mutant = (candidates, target, sampler, position) -> {
            Verification verification = new RejectionSampling().accept(candidates, target, sampler, position);
            int j = verification.accepted();
            return verification.bonus()
                    ? verification
                    : Verification.of(candidates, j, sampler.choose(target.apply(j), position + j));
        };
        assertThat(chiSquare(mutant, Drafting.MODEL, PLAIN, false)).isGreaterThan(10 * LIMIT);
        assertThat(chiSquare(mutant, Drafting.DETERMINISTIC, PLAIN, false)).isGreaterThan(10 * LIMIT);
    }

    @Test
    void unprocessedDraftProbabilitiesAreCaught() {
        assertThat(chiSquare(new RejectionSampling()::accept, Drafting.MODEL, FULL, true))
                .isGreaterThan(2 * LIMIT);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void coupledAndGreedyOutputDoesNotDependOnCandidates(boolean greedy) {
        SamplingParameters parameters = SamplingParameters.builder()
                .temperature(greedy ? 0 : 0.9f)
                .presencePenalty(0.3f)
                .seed(11L)
                .build();
        for (int sequence = 0; sequence < 200; sequence++) {
            int[] alone = new FakeSequence(parameters, sequence).generate(0, 1, 30);
            for (int candidates = 1; candidates <= 5; candidates++) {
                for (int draftModel = 1; draftModel <= 3; draftModel++) {
                    assertThat(new FakeSequence(parameters, sequence).generate(candidates, draftModel, 30))
                            .isEqualTo(alone);
                }
            }
        }
    }

    @Test
    void anIdenticalDraftIsAlwaysAccepted() {
        for (Long seed : new Long[] {null, 3L}) {
            SamplingParameters parameters =
                    SamplingParameters.builder().temperature(1).seed(seed).build();
            FakeSequence sequence = new FakeSequence(parameters, 1);
            for (int round = 0; round < 200; round++) {
                Verification verification = sequence.round(4, 0, Drafting.MODEL, false, null);
                assertThat(verification.bonus()).isTrue();
                assertThat(verification.accepted()).isEqualTo(4);
                assertThat(verification.tokens()).hasSize(5);
            }
        }
    }

    @Test
    void theTargetIsNotAskedBeyondTheFirstRejection() {
        Sampler sampler = new Sampler(PLAIN, VOCABULARY, new int[0], null, new TokenRandom(1));
        Distribution two = Distribution.point(2);
        Candidates candidates = new Candidates(new int[] {2, 3, 2}, null);
        for (AcceptanceRule rule : List.of(new ExactMatch(), new RejectionSampling())) {
            List<Integer> asked = new ArrayList<>();
            Verification verification = rule.accept(
                    candidates,
                    j -> {
                        asked.add(j);
                        return two;
                    },
                    sampler,
                    0);
            assertThat(asked).containsExactly(0, 1);
            assertThat(verification.tokens()).containsExactly(2, 2);
            assertThat(verification.accepted()).isEqualTo(1);
            assertThat(verification.bonus()).isFalse();
        }
    }

    /** The statistic over the first tokens of many runs, in groups whose members take turns at random. */
    private static double chiSquare(Rule rule, Drafting drafting, SamplingParameters given, boolean rawDraft) {
        long[] counts = new long[OUTCOMES];
        Random order = new Random(5);
        for (int run = 0; run < RUNS / GROUP; run++) {
            List<FakeSequence> group = new ArrayList<>();
            for (int i = 0; i < GROUP; i++) {
                long seed = run * (long) GROUP + i;
                group.add(new FakeSequence(drafting == Drafting.SEEDED ? seeded(given, seed) : given, seed));
            }
            List<FakeSequence> active = new ArrayList<>(group);
            while (!active.isEmpty()) {
                FakeSequence next = active.get(order.nextInt(active.size()));
                next.round(order.nextInt(4), 1, drafting, rawDraft, rule);
                active.removeIf(sequence -> sequence.output.size() >= LENGTH);
            }
            group.forEach(sequence -> counts[outcome(sequence.output)]++);
        }
        double[] expected = new double[OUTCOMES];
        enumerate(given, new ArrayList<>(), 1, expected);
        double statistic = 0;
        for (int i = 0; i < OUTCOMES; i++) {
            double mean = expected[i] * RUNS;
            statistic += mean == 0
                    ? (counts[i] == 0 ? 0 : Double.POSITIVE_INFINITY)
                    : (counts[i] - mean) * (counts[i] - mean) / mean;
        }
        return statistic;
    }

    private static SamplingParameters seeded(SamplingParameters given, long seed) {
        return SamplingParameters.builder()
                .temperature(given.temperature())
                .topP(given.topP())
                .presencePenalty(given.presencePenalty())
                .repetitionPenalty(given.repetitionPenalty())
                .seed(seed)
                .build();
    }

    private static int outcome(List<Integer> tokens) {
        return (tokens.get(0) * VOCABULARY + tokens.get(1)) * VOCABULARY + tokens.get(2);
    }

    /** Exact probabilities of all outcomes, straight from the target. */
    private static void enumerate(
            SamplingParameters parameters, List<Integer> prefix, double probability, double[] into) {
        if (prefix.size() == LENGTH) {
            into[outcome(prefix)] += probability;
            return;
        }
        Sampler sampler = new Sampler(parameters, VOCABULARY, new int[0], null, new TokenRandom(0));
        prefix.forEach(sampler::commit);
        Distribution distribution = sampler.distribution(logits(0, prefix), 0);
        for (int i = 0; i < distribution.tokens().length; i++) {
            List<Integer> longer = new ArrayList<>(prefix);
            longer.add(distribution.tokens()[i]);
            enumerate(parameters, longer, probability * distribution.probabilities()[i], into);
        }
    }

    /** Logits of model 0 (the target) or another one, a fixed function of the prefix. */
    private static float[] logits(int model, List<Integer> prefix) {
        Random random = new Random(prefix.hashCode() * 31L + 7);
        Random other = new Random(prefix.hashCode() * 37L + model);
        float[] logits = new float[VOCABULARY];
        for (int i = 0; i < VOCABULARY; i++) {
            logits[i] = (float) random.nextGaussian() + (model == 0 ? 0 : (float) other.nextGaussian());
        }
        return logits;
    }

    private static final class FakeSequence {
        private final Sampler sampler;
        private final List<Integer> output = new ArrayList<>();

        FakeSequence(SamplingParameters parameters, long seed) {
            sampler = new Sampler(parameters, VOCABULARY, new int[0], null, new TokenRandom(seed * 7919 + 1));
        }

        int[] generate(int candidates, int draftModel, int length) {
            while (output.size() < length) {
                round(candidates, draftModel, Drafting.MODEL, false, null);
            }
            return output.stream().limit(length).mapToInt(i -> i).toArray();
        }

        Verification round(
                int candidateCount, int draftModel, Drafting drafting, boolean rawDraft, @Nullable Rule rule) {
            int position = output.size();
            Candidates candidates = draft(candidateCount, draftModel, drafting, rawDraft);
            int[] tokens = candidates.tokens();
            IntFunction<Distribution> target = j -> sampler.distribution(logits(0, prefix(tokens, j)), 0, tokens, j);
            Verification verification = rule == null
                    ? AcceptanceRule.of(sampler).accept(candidates, target, sampler, position)
                    : rule.accept(candidates, target, sampler, position);
            for (int token : verification.tokens()) {
                sampler.commit(token);
                output.add(token);
            }
            return verification;
        }

        private Candidates draft(int count, int draftModel, Drafting drafting, boolean raw) {
            int[] tokens = new int[count];
            List<Distribution> distributions = new ArrayList<>();
            for (int j = 0; j < count; j++) {
                float[] logits = logits(draftModel, prefix(tokens, j));
                Distribution q = sampler.distribution(logits, 0, tokens, j);
                tokens[j] = drafting == Drafting.DETERMINISTIC ? q.argmax() : sampler.draft(q, output.size() + j);
                distributions.add(raw ? unprocessed(logits) : q);
            }
            boolean deterministic = drafting == Drafting.DETERMINISTIC || sampler.isDeterministic();
            return new Candidates(tokens, deterministic ? null : distributions);
        }

        private List<Integer> prefix(int[] candidates, int count) {
            List<Integer> prefix = new ArrayList<>(output);
            Arrays.stream(candidates, 0, count).forEach(prefix::add);
            return prefix;
        }

        private static Distribution unprocessed(float[] logits) {
            SamplingParameters plain =
                    SamplingParameters.builder().temperature(1).build();
            return new Sampler(plain, VOCABULARY, new int[0], null, new TokenRandom(0)).distribution(logits, 0);
        }
    }
}
