package io.specoffload.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
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
                "viking"
            })
    void piecesTileAnyTextInLinearTime(String name) {
        Random random = new Random(11);
        for (int i = 0; i < 200; i++) {
            String text = RandomText.of(random, 80);
            assertThat(String.join("", split(name, text))).isEqualTo(text);
        }
        List<String> units =
                List.of("a", "A", "Aa", " ", "\n", " \n", "7", "!", "'", "\u4E2D", "\u0301", "\uD835\uDC00");
        Assertions.assertTimeoutPreemptively(Duration.ofSeconds(60), () -> {
            for (String unit : units) {
                String run = unit.repeat((1 << 16) / unit.length());
                // a tail that no run goes with makes every attempt to match to the end fail
                for (String text : List.of(run, run + "\u4E2D", run + "x", run + "1")) {
                    IntList ends = PreTokenizers.named(name).preTokenizer().split(text);
                    assertThat(ends.get(ends.size() - 1)).isEqualTo(text.length());
                }
            }
        });
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
