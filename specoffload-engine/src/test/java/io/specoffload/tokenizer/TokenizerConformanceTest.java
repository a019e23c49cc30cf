package io.specoffload.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.format.GgufFile;
import io.specoffload.testing.Conformance;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Published vocabularies against reference ids. */
class TokenizerConformanceTest {

    @ParameterizedTest
    @ValueSource(strings = {"llama-spm", "llama-bpe", "qwen3"})
    void idsEqualTheReference(String name) throws IOException {
        Path folder = Conformance.folder("tokenizers");
        Tokenizer tokenizer = tokenizer(folder, name);
        List<String> expected = Files.readAllLines(folder.resolve(name + ".out"));
        List<String> texts = texts(folder, name);
        assertThat(texts).hasSameSizeAs(expected);
        for (int i = 0; i < texts.size(); i++) {
            int[] ids = Arrays.stream(expected.get(i).split(" "))
                    .filter(id -> !id.isBlank())
                    .mapToInt(Integer::parseInt)
                    .toArray();
            assertThat(tokenizer.encode(texts.get(i), false, false))
                    .as("text " + i + ": " + texts.get(i))
                    .isEqualTo(ids);
            assertThat(tokenizer.decodeText(ids)).isEqualTo(texts.get(i));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-bpe", "qwen3", "llama-spm"})
    void randomTextsComeBack(String name) throws IOException {
        Tokenizer tokenizer = tokenizer(Conformance.folder("tokenizers"), name);
        Random random = new Random(5);
        for (int i = 0; i < 300; i++) {
            RandomText.assertRoundTrip(tokenizer, RandomText.of(random, 200));
        }
    }

    private static Tokenizer tokenizer(Path folder, String name) throws IOException {
        try (GgufFile file = GgufFile.open(folder.resolve(name + ".gguf"))) {
            return Tokenizers.from(file.metadata());
        }
    }

    private static List<String> texts(Path folder, String name) throws IOException {
        String separator = "\n__ggml_vocab_test__\n";
        String all = Files.readString(folder.resolve(name + ".inp"));
        assertThat(all).endsWith(separator);
        return List.of(all.substring(0, all.length() - separator.length()).split(separator, -1));
    }
}
