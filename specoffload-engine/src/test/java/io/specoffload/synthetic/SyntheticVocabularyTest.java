package io.specoffload.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.format.Metadata;
import io.specoffload.tokenizer.Tokenizer;
import io.specoffload.tokenizer.Tokenizers;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticVocabularyTest {

    @ParameterizedTest
    @ValueSource(ints = {300, 401, 32000})
    void textsRoundTrip(int size) {
        Tokenizer tokenizer = tokenizer(size);
        for (String text : List.of(
                "bako dida",
                " two  spaces",
                "Zoë's 3 naïve\ncats\t\u00a0\ud83d\ude00",
                "",
                "<s> [x] </s>",
                "\u2581b")) {
            int[] ids = tokenizer.encode(text, false, false);
            // SentencePiece writes spaces as U+2581: that character itself reads back as one
            assertThat(tokenizer.decodeText(ids)).isEqualTo(text.replace('\u2581', ' '));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {300, 32000})
    void everyPieceIsReachable(int size) {
        List<String> tokens = SyntheticVocabulary.tokens(size);
        assertThat(new HashSet<>(tokens)).hasSize(size);
        Map<String, Object> metadata = metadata(size);
        metadata.put("tokenizer.ggml.add_space_prefix", false);
        Tokenizer tokenizer = Tokenizers.from(new Metadata(metadata));
        for (int id = SyntheticVocabulary.FIRST_ORDINARY; id < size; id += size > 1000 ? 37 : 1) {
            String text = tokens.get(id).replace('\u2581', ' ');
            assertThat(tokenizer.encode(text, false, false)).as(text).containsExactly(id);
        }
    }

    private static Tokenizer tokenizer(int size) {
        return Tokenizers.from(new Metadata(metadata(size)));
    }

    /** As a file's reader would give it. */
    private static Map<String, Object> metadata(int size) {
        Map<String, Object> metadata = new LinkedHashMap<>();
        SyntheticVocabulary.describe(size, metadata);
        metadata.replaceAll((key, value) -> switch (value) {
            case int[] numbers ->
                java.util.Arrays.stream(numbers).asLongStream().toArray();
            case Integer number -> number.longValue();
            default -> value;
        });
        return metadata;
    }
}
