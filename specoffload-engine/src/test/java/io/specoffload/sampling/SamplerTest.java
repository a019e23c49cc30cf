package io.specoffload.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplerTest {
    private static final int[] NO_PROMPT = {};

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void agreesWithTheNaiveReferenceOnRandomParameters(long seed) {
        Random random = new Random(seed);
        for (int run = 0; run < 150; run++) {
            int vocabulary = 2 + random.nextInt(200);
            SamplingParameters parameters = randomParameters(random, vocabulary);
            int[] prompt = random.ints(random.nextInt(20), 0, vocabulary).toArray();
            Sampler sampler = new Sampler(parameters, vocabulary, prompt, null, new TokenRandom(seed));
            List<Integer> history = new ArrayList<>();
            Arrays.stream(prompt).forEach(history::add);
            for (int step = 0; step < 6; step++) {
                int[] candidates = random.ints(5, 0, vocabulary).toArray();
                int count = random.nextInt(6);
                int offset = random.nextInt(3);
                float[] logits = randomLogits(random, offset + vocabulary + 3);
                float[] before = logits.clone();

                Distribution actual = sampler.distribution(logits, offset, candidates, count);

                List<Integer> seen = new ArrayList<>(history);
                Arrays.stream(candidates, 0, count).forEach(seen::add);
                assertSame(actual, reference(parameters, vocabulary, seen, logits, offset));
                assertThat(logits).isEqualTo(before);
                int token = random.nextInt(vocabulary);
                sampler.commit(token);
                history.add(token);
            }
        }
    }

    @Test
    void agreesWithTheNaiveReferenceOnALargeVocabulary() {
        int vocabulary = 50_000;
        Random random = new Random(9);
        float[] logits = new float[vocabulary];
        for (int i = 0; i < vocabulary; i++) {
            logits[i] = (float) random.nextGaussian() * 4;
        }
        for (SamplingParameters parameters : List.of(
                SamplingParameters.builder().temperature(1).build(),
                SamplingParameters.builder().temperature(0.8f).topK(40).build(),
                SamplingParameters.builder()
                        .temperature(1)
                        .topK(20_000)
                        .topP(0.99f)
                        .build(),
                SamplingParameters.builder().temperature(1.5f).topP(0.95f).build(),
                SamplingParameters.builder().temperature(1).minP(0.05f).build())) {
            Sampler sampler = new Sampler(parameters, vocabulary, NO_PROMPT, null, new TokenRandom(1));
            Distribution actual = sampler.distribution(logits, 0);
            assertSame(actual, reference(parameters, vocabulary, List.of(), logits, 0));
        }
    }

    @Test
    void greedyTakesTheSmallestIdOfEquallyLikelyTokens() {
        Sampler sampler = sampler(SamplingParameters.greedy(), 5);
        assertThat(sampler.distribution(new float[] {0, 3, 1, 3, 3, 9}, 0).tokens())
                .containsExactly(1);
    }

    @Test
    void aRejectedCandidateLeavesNoTrace() {
        SamplingParameters parameters = SamplingParameters.builder()
                .temperature(1)
                .presencePenalty(1)
                .frequencyPenalty(0.5f)
                .repetitionPenalty(1.3f)
                .penaltyWindow(4)
                .build();
        float[] logits = {1, 2, -1, 0.5f, 3};
        Sampler sampler = new Sampler(parameters, 5, new int[] {0, 1, 2, 3, 4}, null, new TokenRandom(1));
        Distribution fresh = sampler.distribution(logits, 0);
        Distribution afterCandidates = sampler.distribution(logits, 0, new int[] {1, 1, 1}, 3);
        assertThat(afterCandidates.probability(1)).isLessThan(fresh.probability(1));
        assertThat(sampler.distribution(logits, 0).probabilities()).isEqualTo(fresh.probabilities());

        sampler.commit(1);
        Sampler committed = new Sampler(parameters, 5, new int[] {0, 1, 2, 3, 4, 1}, null, new TokenRandom(1));
        assertThat(sampler.distribution(logits, 0).probabilities())
                .isEqualTo(committed.distribution(logits, 0).probabilities());
    }

    @Test
    void penaltiesReachAsFarAsTheWindow() {
        SamplingParameters two = SamplingParameters.builder()
                .temperature(0)
                .presencePenalty(5)
                .penaltyWindow(2)
                .build();
        float[] logits = {3, 2, 1};
        Sampler sampler = new Sampler(two, 3, new int[] {0, 1}, null, new TokenRandom(1));
        assertThat(sampler.distribution(logits, 0).argmax()).isEqualTo(2);
        assertThat(sampler.distribution(logits, 0, new int[] {2}, 1).argmax()).isZero();
    }

    @Test
    void refusesLogitsThatAreNoNumbers() {
        for (SamplingParameters parameters : List.of(
                SamplingParameters.greedy(),
                SamplingParameters.builder()
                        .temperature(1)
                        .logitBias(Map.of(1, 2f))
                        .build())) {
            for (float bad : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
                for (int token = 0; token < 3; token++) {
                    float[] logits = {1, 2, 3};
                    logits[token] = bad;
                    assertThatThrownBy(() -> sampler(parameters, 3).distribution(logits, 0))
                            .isInstanceOf(SamplingException.class)
                            .hasMessageContaining("token " + token + " is " + bad);
                }
            }
        }
    }

    @Test
    void doesNotLookAtPaddingRows() {
        float[] logits = {1, 2, Float.NaN};
        assertThat(sampler(SamplingParameters.greedy(), 2)
                        .distribution(logits, 0)
                        .argmax())
                .isEqualTo(1);
    }

    @Test
    void minusInfinityExcludesATokenAndAllOfThemAreAnError() {
        float none = Float.NEGATIVE_INFINITY;
        SamplingParameters parameters = SamplingParameters.builder()
                .temperature(1)
                .repetitionPenalty(0.5f)
                .build();
        Sampler sampler = new Sampler(parameters, 3, new int[] {1}, null, new TokenRandom(1));
        assertThat(sampler.distribution(new float[] {1, none, 1}, 0).tokens()).containsExactly(0, 2);
        assertThatThrownBy(() -> sampler.distribution(new float[] {none, none, none}, 0))
                .isInstanceOf(SamplingException.class)
                .hasMessageContaining("every token is excluded");
    }

    @Test
    void refusesABiasOfATokenThatIsNone() {
        SamplingParameters parameters =
                SamplingParameters.builder().logitBias(Map.of(7, 1f)).build();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> sampler(parameters, 7))
                .withMessageContaining("token 7");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> SamplingParameters.builder()
                        .logitBias(Map.of(1, Float.NaN))
                        .build())
                .withMessageContaining("logitBias of token 1");
    }

    @Test
    void theGrammarMasksAtEachCandidatePosition() {
        // tokens ascend: after t only greater ones
        GrammarState start = new Ascending(-1);
        SamplingParameters parameters =
                SamplingParameters.builder().temperature(1).build();
        for (SamplingParameters each : List.of(parameters, SamplingParameters.greedy())) {
            Sampler sampler = new Sampler(each, 70, NO_PROMPT, start, new TokenRandom(1));
            float[] logits = new float[70];
            logits[5] = 2;
            logits[66] = 1;
            assertThat(sampler.distribution(logits, 0).argmax()).isEqualTo(5);
            Distribution after = sampler.distribution(logits, 0, new int[] {3, 60, 68}, 2);
            assertThat(after.argmax()).isEqualTo(66);
            assertThat(after.probability(60)).isZero();
            assertThat(after.probability(5)).isZero();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> sampler.distribution(logits, 0, new int[] {3, 2}, 2))
                    .withMessageContaining("token 2");
            assertThat(sampler.distribution(logits, 0, new int[] {4}, 1).argmax())
                    .isEqualTo(5);
            sampler.commit(4);
            sampler.commit(6);
            assertThat(sampler.distribution(logits, 0).argmax()).isEqualTo(66);
            assertThat(sampler.grammarState()).isEqualTo(new Ascending(6));
        }
    }

    @Test
    void tokensAreDrawnAsLikelyAsTheyAre() {
        float[] logits = {0, 1, 2, -1};
        int draws = 40_000;
        for (Long seed : new Long[] {null, 1L}) {
            SamplingParameters parameters =
                    SamplingParameters.builder().temperature(1).seed(seed).build();
            Sampler sampler = new Sampler(parameters, 4, NO_PROMPT, null, new TokenRandom(77));
            Distribution distribution = sampler.distribution(logits, 0);
            int[] targets = new int[4];
            int[] drafts = new int[4];
            int equal = 0;
            for (int position = 0; position < draws; position++) {
                int target = sampler.choose(distribution, position);
                int draft = sampler.draft(distribution, position);
                targets[target]++;
                drafts[draft]++;
                equal += target == draft ? 1 : 0;
            }
            double match = 0;
            for (int token = 0; token < 4; token++) {
                double p = distribution.probability(token);
                match += p * p;
                double error = 5 * Math.sqrt(p * (1 - p) / draws);
                assertThat((double) targets[token] / draws).isCloseTo(p, within(error));
                assertThat((double) drafts[token] / draws).isCloseTo(p, within(error));
            }
            assertThat((double) equal / draws).isCloseTo(seed == null ? match : 1, within(0.02));
        }
    }

    @Test
    void theRaceIsTheArgmaxOfLogProbabilityPlusGumbelNoise() {
        Random random = new Random(3);
        TokenRandom noise = new TokenRandom(5);
        for (int position = 0; position < 500; position++) {
            float[] logits = randomLogits(random, 100);
            Sampler sampler =
                    sampler(SamplingParameters.builder().temperature(1).seed(5L).build(), 100);
            Distribution distribution = sampler.distribution(logits, 0);
            int best = 0;
            for (int i = 1; i < distribution.tokens().length; i++) {
                best = score(distribution, i, noise, position) > score(distribution, best, noise, position) ? i : best;
            }
            assertThat(distribution.race(noise, position))
                    .isEqualTo(distribution.tokens()[best]);
        }
    }

    private static double score(Distribution distribution, int index, TokenRandom noise, int position) {
        return Math.log(distribution.probabilities()[index])
                + noise.gumbel(position, distribution.tokens()[index]);
    }

    private record Ascending(int last) implements GrammarState {
        @Override
        public GrammarState accept(int token) {
            return token > last ? new Ascending(token) : null;
        }

        @Override
        public boolean allows(int token) {
            return token > last;
        }

        @Override
        public long[] allowed() {
            long[] allowed = new long[2];
            for (int token = last + 1; token < 128; token++) {
                allowed[token >> 6] |= 1L << token;
            }
            return allowed;
        }

        @Override
        public boolean isComplete() {
            return true;
        }
    }

    private static Sampler sampler(SamplingParameters parameters, int vocabulary) {
        return new Sampler(parameters, vocabulary, NO_PROMPT, null, new TokenRandom(5));
    }

    private static SamplingParameters randomParameters(Random random, int vocabulary) {
        SamplingParameters.Builder builder = SamplingParameters.builder()
                .temperature(new float[] {0, 0.1f, 0.7f, 1, 2}[random.nextInt(5)])
                .topK(random.nextBoolean() ? 0 : random.nextInt(vocabulary + 5))
                .topP(random.nextBoolean() ? 1 : 0.01f + 0.98f * random.nextFloat())
                .minP(random.nextBoolean() ? 0 : random.nextFloat());
        if (random.nextBoolean()) {
            builder.repetitionPenalty(0.5f + random.nextFloat())
                    .presencePenalty(random.nextFloat() - 0.5f)
                    .frequencyPenalty(random.nextFloat() - 0.5f)
                    .penaltyWindow(random.nextInt(12) - 1);
        }
        if (random.nextBoolean()) {
            builder.logitBias(Map.of(
                    random.nextInt(vocabulary / 2),
                    random.nextFloat() * 4 - 2,
                    vocabulary / 2 + random.nextInt(vocabulary / 2),
                    random.nextBoolean() ? Float.NEGATIVE_INFINITY : 3f));
        }
        return builder.build();
    }

    /** Coarse values, so that ties occur, some of them excluded; the first of a row never is. */
    private static float[] randomLogits(Random random, int length) {
        float[] logits = new float[length];
        for (int i = 0; i < length; i++) {
            logits[i] = random.nextInt(20) == 0 && i > 6
                    ? Float.NEGATIVE_INFINITY
                    : Math.round(random.nextGaussian() * 12) / 4f;
        }
        return logits;
    }

    private static void assertSame(Distribution actual, Map<Integer, Double> expected) {
        assertThat(actual.tokens())
                .isEqualTo(expected.keySet().stream().sorted().mapToInt(i -> i).toArray());
        for (int i = 0; i < actual.tokens().length; i++) {
            double p = expected.get(actual.tokens()[i]);
            assertThat((double) actual.probabilities()[i]).isCloseTo(p, within(1e-6 * p + 1e-12));
        }
    }

    /** The definition, step by step, in double, with boxed maps and full sorts. */
    private static Map<Integer, Double> reference(
            SamplingParameters parameters, int vocabulary, List<Integer> seen, float[] logits, int offset) {
        Map<Integer, Double> values = new HashMap<>();
        int window = parameters.penaltyWindow() < 0 ? seen.size() : Math.min(seen.size(), parameters.penaltyWindow());
        List<Integer> latest = seen.subList(seen.size() - window, seen.size());
        for (int token = 0; token < vocabulary; token++) {
            float value = logits[offset + token] + parameters.logitBias().getOrDefault(token, 0f);
            int t = token;
            long count = latest.stream().filter(x -> x == t).count();
            if (count > 0 && parameters.hasPenalties()) {
                value = value > 0 ? value / parameters.repetitionPenalty() : value * parameters.repetitionPenalty();
                value -= parameters.presencePenalty() + count * parameters.frequencyPenalty();
            }
            if (value != Float.NEGATIVE_INFINITY) {
                values.put(token, (double) value);
            }
        }
        List<Integer> order = new ArrayList<>(values.keySet());
        order.sort(Comparator.<Integer>comparingDouble(values::get).reversed().thenComparing(x -> x));
        if (parameters.isGreedy()) {
            return Map.of(order.get(0), 1.0);
        }
        if (parameters.topK() > 0) {
            order = order.subList(0, Math.min(order.size(), parameters.topK()));
        }
        double max = values.get(order.get(0));
        Map<Integer, Double> weights = new HashMap<>();
        double total = 0;
        for (int token : order) {
            weights.put(token, Math.exp((values.get(token) - max) / parameters.temperature()));
            total += weights.get(token);
        }
        Map<Integer, Double> kept = new HashMap<>();
        double reached = 0;
        double sum = 0;
        for (int token : order) {
            double weight = weights.get(token);
            boolean inNucleus = parameters.topP() == 1 || reached < parameters.topP() * total;
            reached += weight;
            if (inNucleus && weight >= parameters.minP() && weight >= Math.exp(-50)) {
                kept.put(token, weight);
                sum += weight;
            }
        }
        double scale = sum;
        kept.replaceAll((token, weight) -> weight / scale);
        return kept;
    }
}
