package io.specoffload.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BigramMergerTest {

    /** Against the definition: again and again, join the leftmost of the best pairs. */
    @Test
    void joinsAsTheDefinitionSays() {
        Random random = new Random(9);
        for (int round = 0; round < 300; round++) {
            Map<String, Integer> ranks = new HashMap<>();
            List<String> known = new ArrayList<>(List.of("a", "b", "c"));
            for (int rank = 0; rank < 12; rank++) {
                String joined = known.get(random.nextInt(known.size())) + known.get(random.nextInt(known.size()));
                ranks.putIfAbsent(joined, random.nextInt(6));
                known.add(joined);
            }
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(40); i > 0; i--) {
                text.append("abc".charAt(random.nextInt(3)));
            }
            assertThat(merge(text.toString(), ranks)).isEqualTo(naive(text.toString(), ranks));
        }
    }

    /** Asks for rules in proportion to the symbols, however many joins there are: each join makes two new pairs. */
    @Test
    void worksInProportionToTheText() {
        for (String unit : List.of("a", "ab", "abc", "aab")) {
            for (int length : new int[] {1 << 12, 1 << 16}) {
                String text = unit.repeat(length / unit.length());
                long[] asked = {0};
                // every pair of neighbours may be joined, to symbols of any length
                BigramMerger merger = new BigramMerger((start, end, left, right) -> {
                    asked[0]++;
                    return (long) (end - start) << 32;
                });
                for (int i = 0; i < text.length(); i++) {
                    merger.add(i, i + 1, 0);
                }
                merger.merge();
                assertThat(merger.after(merger.first())).isNegative();
                assertThat(asked[0]).isLessThan(3L * text.length());
            }
        }
    }

    private static List<String> merge(String text, Map<String, Integer> ranks) {
        BigramMerger merger = new BigramMerger((start, end, left, right) -> {
            Integer rank = ranks.get(text.substring(start, end));
            return rank == null ? BigramMerger.Rules.NONE : (long) rank << 32;
        });
        for (int i = 0; i < text.length(); i++) {
            merger.add(i, i + 1, 0);
        }
        merger.merge();
        List<String> symbols = new ArrayList<>();
        for (int symbol = merger.first(); symbol >= 0; symbol = merger.after(symbol)) {
            symbols.add(text.substring(merger.start(symbol), merger.end(symbol)));
        }
        return symbols;
    }

    private static List<String> naive(String text, Map<String, Integer> ranks) {
        List<String> symbols =
                new ArrayList<>(text.chars().mapToObj(Character::toString).toList());
        while (true) {
            int best = -1;
            for (int i = 0; i + 1 < symbols.size(); i++) {
                Integer rank = ranks.get(symbols.get(i) + symbols.get(i + 1));
                if (rank != null && (best < 0 || rank < ranks.get(symbols.get(best) + symbols.get(best + 1)))) {
                    best = i;
                }
            }
            if (best < 0) {
                return symbols;
            }
            symbols.set(best, symbols.get(best) + symbols.remove(best + 1));
        }
    }
}
