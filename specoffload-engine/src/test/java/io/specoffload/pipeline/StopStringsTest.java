package io.specoffload.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StopStringsTest {

    @Test
    void holdsBackWhatMayBecomeAStopText() {
        StopStrings stops = new StopStrings(List.of("</answer>"));
        assertThat(stops.append("yes <")).isEqualTo("yes ");
        assertThat(stops.append("/ans")).isEmpty();
        assertThat(stops.append("wers> <")).isEqualTo("</answers> ");
        assertThat(stops.append("/answer> more")).isEmpty();
        assertThat(stops.isMatched()).isTrue();
        assertThat(stops.matchStart()).isEqualTo("yes </answers> ".length());
        assertThat(stops.append("and more")).isEmpty();
        assertThat(stops.finish()).isEmpty();
    }

    @Test
    void releasesWhatWasHeldAtTheEnd() {
        StopStrings stops = new StopStrings(List.of("END"));
        assertThat(stops.append("the EN")).isEqualTo("the ");
        assertThat(stops.finish()).isEqualTo("EN");
        assertThat(stops.isMatched()).isFalse();
        assertThat(stops.matchStart()).isEqualTo(-1);
    }

    @Test
    void passesEverythingWithoutStopTexts() {
        assertThat(new StopStrings(List.of()).append("abc")).isEqualTo("abc");
    }

    @Test
    void refusesAnEmptyStopText() {
        assertThatIllegalArgumentException().isThrownBy(() -> new StopStrings(List.of("a", "")));
    }

    @Test
    void agreesWithASearchOfTheWholeTextHoweverItIsSplit() {
        int matches = 0;
        for (long seed = 0; seed < 20_000; seed++) {
            Random random = new Random(seed);
            List<String> stops = new ArrayList<>();
            for (int i = random.nextInt(3); i >= 0; i--) {
                stops.add(text(random, 1 + random.nextInt(5)));
            }
            String text = text(random, random.nextInt(25));
            int end = firstEnd(text, stops);
            int start = end < 0 ? -1 : longestStart(text, stops, end);

            StopStrings watched = new StopStrings(stops);
            StringBuilder emitted = new StringBuilder();
            int at = 0;
            while (at < text.length()) {
                int next = Math.min(text.length(), at + random.nextInt(6));
                emitted.append(watched.append(text.substring(at, next)));
                at = next;
                assertThat(watched.isMatched()).isEqualTo(end >= 0 && at >= end);
                String safe = watched.isMatched()
                        ? text.substring(0, start)
                        : text.substring(0, at - longestOpen(text.substring(0, at), stops));
                assertThat(emitted.toString()).isEqualTo(safe);
            }
            emitted.append(watched.finish());
            assertThat(emitted.toString()).isEqualTo(end < 0 ? text : text.substring(0, start));
            assertThat(watched.matchStart()).isEqualTo(start);
            matches += end >= 0 ? 1 : 0;
        }
        assertThat(matches).isBetween(2_000, 18_000);
    }

    private static int firstEnd(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            String prefix = text.substring(0, end);
            if (stops.stream().anyMatch(prefix::endsWith)) {
                return end;
            }
        }
        return -1;
    }

    private static int longestStart(String text, List<String> stops, int end) {
        String prefix = text.substring(0, end);
        return end
                - stops.stream()
                        .filter(prefix::endsWith)
                        .mapToInt(String::length)
                        .max()
                        .orElseThrow();
    }

    private static int longestOpen(String text, List<String> stops) {
        int longest = 0;
        for (String stop : stops) {
            for (int n = 1; n < stop.length(); n++) {
                longest = text.endsWith(stop.substring(0, n)) ? Math.max(longest, n) : longest;
            }
        }
        return longest;
    }

    private static String text(Random random, int length) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < length; i++) {
            text.append((char) ('a' + random.nextInt(3)));
        }
        return text.toString();
    }
}
