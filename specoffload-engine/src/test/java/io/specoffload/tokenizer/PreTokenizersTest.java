package io.specoffload.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PreTokenizersTest {

    @Test
    void wordsAreCutAsTheModelsWere() {
        assertThat(split("gpt-2", "I'm 1234 years,  ok\n\nHi"))
                .containsExactly("I", "'m", " 1234", " years", ",", " ", " ok", "\n", "\n", "Hi");
        assertThat(split("llama-bpe", "I'M 1234 years!\n\n  x"))
                .containsExactly("I", "'M", " ", "123", "4", " years", "!\n\n", " ", " x");
        assertThat(split("qwen2", "a 12 b")).containsExactly("a", " ", "1", "2", " b");
        assertThat(split("qwen2", "\u0915\u093F")).containsExactly("\u0915", "\u093F");
        assertThat(split("qwen35", "\u0915\u093F")).containsExactly("\u0915\u093F");
        assertThat(split("default", "x+=12345;")).containsExactly("x", "+=", "123", "45", ";");
        assertThat(split("starcoder", "x 12")).containsExactly("x", " ", "1", "2");
        assertThat(split("falcon", "a`b 1234")).containsExactly("a", "`", "b", " ", "123", "4");
        assertThat(split("tekken", "camelCase HTTPServer/x")).containsExactly("camel", "Case", " HTTPServer", "/x");
        assertThat(split("gpt-4o", "camelCase's 1234")).containsExactly("camel", "Case's", " ", "123", "4");
        assertThat(split("deepseek-v3", "x12345\u4E2D\u6587.Foo"))
                .containsExactly("x", "123", "45", "\u4E2D\u6587", ".Foo");
        assertThat(split("deepseek-llm", "ab\u4E2D 12  \n "))
                .containsExactly("ab", "\u4E2D", " ", "12", "  ", "\n", " ");
        assertThat(split("deepseek-coder", "a b12")).containsExactly("a", " b", "1", "2");
        assertThat(split("bloom", "a, b")).containsExactly("a", ",", " b");
    }

    @Test
    void laterFamiliesCutIntoTheirOwnWords() {
        assertThat(split("tiny_aya", "a1234567 12345x 12"))
                .containsExactly("a", "1", "234", "567", " ", "123", "45", "x", " ", "12");
        assertThat(split("superbpe", "of the 1234567 and 12"))
                .containsExactly("of the ", "1", "234", "567", " and ", "12");
        assertThat(split("bailingmoe", "a1\n\nb")).containsExactly("a", "1", "\n\n", "b");
        assertThat(split("exaone-moe", "two words, 12!/\n")).containsExactly("two words", ",", " ", "1", "2", "!/\n");
        assertThat(split("exaone4", "a 12")).containsExactly("a", " 12");
        assertThat(split("laguna", "a!\n\nb")).containsExactly("a", "!", "\n\n", "b");
        assertThat(split("ufakzeka", "it's 12")).containsExactly("it", "'s", " ", "1", "2");
        assertThat(split("ufakzeka", "Ali'ye")).containsExactly("Ali", "'ye");
        assertThat(split("minicpm5", "x12345 y")).containsExactly("x", "123", "45", " y");
        assertThat(split("kimi-k2", "aBc\u4E2D\u6587x 1234"))
                .containsExactly("a", "Bc", "\u4E2D\u6587", "x", " ", "123", "4");
        assertThat(split("youtu", "\uAC00\u3105\u4E2D\uFF0Cab 12"))
                .containsExactly("\uAC00", "\u3105", "\u4E2D", "\uFF0C", "ab", " ", "1", "2");
        assertThat(split("chameleon", "IMGIMGABZ a\t12,")).containsExactly("IMGIMGABZ", " a", "\t", "1", "2", ",");
        assertThat(split("spark2_5", "a12345!\n\n")).containsExactly("a", "1", "2", "3", "4", "5", "!", "\n", "\n");
        assertThat(split("mellum2", "x12")).containsExactly("x", "1", "2");
        assertThat(split("joyai-llm", "x1234")).containsExactly("x", "123", "4");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "default",
                "gpt-2",
                "llama-bpe",
                "qwen2",
                "qwen35",
                "starcoder",
                "falcon",
                "tekken",
                "gpt-4o",
                "deepseek-llm",
                "deepseek-coder",
                "deepseek-v3",
                "seed-coder",
                "bloom",
                "viking",
                "tiny_aya",
                "superbpe",
                "bailingmoe",
                "exaone-moe",
                "laguna",
                "ufakzeka",
                "minicpm5",
                "kimi-k2",
                "youtu",
                "chameleon",
                "spark2_5"
            })
    void piecesTileAnyTextInLinearTime(String name) {
        Random random = new Random(11);
        for (int i = 0; i < 200; i++) {
            String text = RandomText.of(random, 80);
            assertThat(String.join("", split(name, text))).isEqualTo(text);
        }
        List<String> units =
                List.of("a", "A", "Aa", " ", "\n", " \n", "7", "!", "'", "\u4E2D", "\u0301", "\uD835\uDC00");
        for (String unit : units) {
            // twice as long, twice the work and not four times; a tail that no run goes with makes every attempt to
            // match to the end fail
            for (String tail : List.of("", "\u4E2D", "x", "1")) {
                long once = looks(name, unit.repeat((1 << 13) / unit.length()) + tail);
                long twice = looks(name, unit.repeat((1 << 14) / unit.length()) + tail);
                assertThat(twice).as("'%s' and '%s'", unit, tail).isLessThan(5 * once / 2 + 10_000);
            }
        }
    }

    /** How many characters of a text are looked at. */
    private static long looks(String name, String text) {
        CountingText counting = new CountingText(text);
        IntList ends = PreTokenizers.named(name).preTokenizer().split(counting);
        assertThat(ends.get(ends.size() - 1)).isEqualTo(text.length());
        return counting.looks;
    }

    private static final class CountingText implements CharSequence {
        private final String text;
        private long looks;

        CountingText(String text) {
            this.text = text;
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public char charAt(int index) {
            looks++;
            return text.charAt(index);
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }

    private static List<String> split(String name, String text) {
        IntList ends = PreTokenizers.named(name).preTokenizer().split(text);
        List<String> pieces = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < ends.size(); i++) {
            assertThat(ends.get(i)).isGreaterThan(start);
            pieces.add(text.substring(start, ends.get(i)));
            start = ends.get(i);
        }
        return pieces;
    }
}
