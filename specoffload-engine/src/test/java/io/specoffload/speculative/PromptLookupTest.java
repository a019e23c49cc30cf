package io.specoffload.speculative;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

class PromptLookupTest {

    @Test
    void proposesWhatFollowedTheLongestNgram() {
        // 7 8 9 is followed by 1; the later 9 alone by 2
        PromptLookup lookup = of(7, 8, 9, 1, 5, 6, 9, 2, 7, 8, 9);
        assertThat(lookup.propose(3)).containsExactly(1, 5, 6);
    }

    @Test
    void prefersTheLatestOccurrence() {
        assertThat(of(1, 2, 3, 1, 2, 4, 1, 2).propose(2)).containsExactly(4, 1);
    }

    @Test
    void repeatsAPeriodBeyondTheEnd() {
        assertThat(of(1, 2, 1, 2).propose(5)).containsExactly(1, 2, 1, 2, 1);
        assertThat(of(4, 4).propose(3)).containsExactly(4, 4, 4);
    }

    @Test
    void proposesNothingWithoutAnOccurrence() {
        assertThat(of(1, 2, 3).propose(4)).isEmpty();
        assertThat(of().propose(4)).isEmpty();
        assertThat(of(1, 1).propose(0)).isEmpty();
    }

    @Test
    void refusesImpossibleLengths() {
        assertThatIllegalArgumentException().isThrownBy(() -> new PromptLookup(1, 2));
        assertThatIllegalArgumentException().isThrownBy(() -> new PromptLookup(1, 0));
    }

    @Test
    void agreesWithASearchBackwards() {
        for (long seed = 0; seed < 20; seed++) {
            Random random = new Random(seed);
            int shortest = 1 + random.nextInt(2);
            int longest = shortest + random.nextInt(3);
            PromptLookup lookup = new PromptLookup(longest, shortest);
            int alphabet = 2 + random.nextInt(40);
            int[] tokens = random.ints(600, 0, alphabet).toArray();
            for (int length = 0; length < tokens.length; length++) {
                assertThat(lookup.length()).isEqualTo(length);
                assertThat(lookup.propose(4)).isEqualTo(search(tokens, length, longest, shortest, 4));
                lookup.append(tokens[length]);
            }
        }
    }

    private static int[] search(int[] tokens, int length, int longest, int shortest, int count) {
        for (int n = longest; n >= shortest; n--) {
            for (int end = length - 1; end >= n; end--) {
                if (Arrays.equals(tokens, end - n, end, tokens, Math.max(0, length - n), length)) {
                    int[] found = new int[count];
                    for (int j = 0; j < count; j++) {
                        found[j] = tokens[end + j % (length - end)];
                    }
                    return found;
                }
            }
        }
        return new int[0];
    }

    private static PromptLookup of(int... tokens) {
        PromptLookup lookup = new PromptLookup(3, 1);
        for (int token : tokens) {
            lookup.append(token);
        }
        return lookup;
    }
}
