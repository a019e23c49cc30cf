package io.specoffload.speculative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.sampling.Sampler;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.sampling.TokenRandom;
import io.specoffload.speculative.Drafter.Request;
import io.specoffload.speculative.Drafter.Session;
import io.specoffload.testing.FakeExecutor;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Drafting in passes of few rows. */
class ModelDrafterTest {

    private static final int VOCABULARY = 12;

    /** Tokens that were final, then changed behind some index: what a target that rejects candidates makes of them. */
    private record Text(int[] values) implements TokenSequence {

        @Override
        public int length() {
            return values.length;
        }

        @Override
        public int token(int i) {
            return values[i];
        }
    }

    private static FakeExecutor model() {
        return new FakeExecutor(VOCABULARY, FakeExecutor.hashed(5, 8));
    }

    private static Sampler sampler() {
        return new Sampler(SamplingParameters.greedy(), VOCABULARY, new int[0], null, new TokenRandom(1));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void draftsWhatPassesOfManyRowsWould(int mostRows) {
        Random random = new Random(mostRows);
        try (ModelDrafter few = new ModelDrafter(model(), VOCABULARY, mostRows);
                ModelDrafter many = new ModelDrafter(model(), VOCABULARY, 1000)) {
            List<Session> fewSessions =
                    IntStream.range(0, 4).mapToObj(i -> few.open()).toList();
            List<Session> manySessions =
                    IntStream.range(0, 4).mapToObj(i -> many.open()).toList();
            List<int[]> texts = new ArrayList<>();
            IntStream.range(0, 4)
                    .forEach(i -> texts.add(random.ints(5, 0, VOCABULARY).toArray()));
            for (int round = 0; round < 40; round++) {
                List<Request> forFew = new ArrayList<>();
                List<Request> forMany = new ArrayList<>();
                for (int i = 0; i < 4; i++) {
                    // it grows or shrinks, keeps most of its tokens, and is drafted for or only caught up with
                    int length = 1 + random.nextInt(20);
                    int[] text = random.ints(length, 0, VOCABULARY).toArray();
                    int kept = Math.min(texts.get(i).length, random.nextInt(length + 1));
                    System.arraycopy(texts.get(i), 0, text, 0, kept);
                    texts.set(i, text);
                    int count = random.nextInt(4);
                    int upTo = count > 0 ? length : 1 + random.nextInt(length);
                    forFew.add(new Request(fewSessions.get(i), new Text(text), upTo, count, sampler()));
                    forMany.add(new Request(manySessions.get(i), new Text(text), upTo, count, sampler()));
                }
                List<Candidates> drafted = few.draft(forFew);
                List<Candidates> expected = many.draft(forMany);
                for (int i = 0; i < 4; i++) {
                    assertThat(drafted.get(i).tokens())
                            .isEqualTo(expected.get(i).tokens());
                    assertThat(drafted.get(i).tokens()).hasSize(forFew.get(i).count());
                }
            }
            fewSessions.forEach(Session::close);
            manySessions.forEach(Session::close);
        }
    }

    @Test
    void noPassHasMoreRows() {
        List<Integer> rows = new ArrayList<>();
        FakeExecutor model = model().beforeForward(batch -> rows.add(batch.rows()));
        try (ModelDrafter drafter = new ModelDrafter(model, VOCABULARY, 4);
                Session session = drafter.open()) {
            drafter.draft(List.of(new Request(session, new Text(new int[10]), 10, 2, sampler())));
        }
        // ten rows of the prompt, and the first candidate's; the second one's is not needed yet
        assertThat(rows).containsExactly(4, 4, 2, 1);
    }

    @Test
    void refusesPassesOfNoRows() {
        assertThatThrownBy(() -> new ModelDrafter(model(), VOCABULARY, 0)).hasMessageContaining("mostRows is 0");
    }
}
