package io.specoffload.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.tokenizer.Vocabulary;
import io.specoffload.tokenizer.Vocabulary.Kind;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ModelPairTest {

    /** Tokens by their text; a leading '#' makes one unused padding, a leading '!' a control token. */
    private record Tokens(List<String> texts, int bosToken, int eosToken) implements Vocabulary {

        static Tokens of(String... texts) {
            return new Tokens(List.of(texts), 0, 1);
        }

        @Override
        public int size() {
            return texts.size();
        }

        @Override
        public byte[] bytes(int id) {
            return texts.get(id).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public Kind kind(int id) {
            return switch (texts.get(id).charAt(0)) {
                case '#' -> Kind.UNUSED;
                case '!' -> Kind.CONTROL;
                default -> Kind.NORMAL;
            };
        }

        @Override
        public OptionalInt bos() {
            return OptionalInt.of(bosToken);
        }

        @Override
        public OptionalInt eos() {
            return OptionalInt.of(eosToken);
        }

        @Override
        public boolean addBos() {
            return true;
        }

        @Override
        public boolean addEos() {
            return false;
        }

        @Override
        public boolean isEndOfGeneration(int id) {
            return id == eosToken;
        }
    }

    @Test
    void equalVocabulariesFit() {
        assertThatCode(() -> ModelPair.check(Tokens.of("!s", "!e", "a"), Tokens.of("!s", "!e", "a")))
                .doesNotThrowAnyException();
    }

    @Test
    void paddingOnEitherSideDoesNotMatter() {
        Tokens longer = Tokens.of("!s", "!e", "a", "#pad3", "#pad4");
        Tokens shorter = Tokens.of("!s", "!e", "a");
        assertThatCode(() -> ModelPair.check(longer, shorter)).doesNotThrowAnyException();
        assertThatCode(() -> ModelPair.check(shorter, longer)).doesNotThrowAnyException();
        assertThat(ModelPair.producible(longer)).isEqualTo(3);
    }

    @Test
    void aDraftWithMoreRealTokensFits() {
        assertThatCode(() -> ModelPair.check(Tokens.of("!s", "!e", "a"), Tokens.of("!s", "!e", "a", "b")))
                .doesNotThrowAnyException();
    }

    @Test
    void theFirstDifferenceIsNamed() {
        assertThatThrownBy(() -> ModelPair.check(Tokens.of("!s", "!e", "a", "b"), Tokens.of("!s", "!e", "x", "y")))
                .isInstanceOf(ModelPairException.class)
                .hasMessageContaining("token 2 is 'a'")
                .hasMessageContaining("'x'");
        assertThatThrownBy(() -> ModelPair.check(Tokens.of("!s", "!e", "a", "b"), Tokens.of("!s", "!e", "a")))
                .hasMessageContaining("ends at 3")
                .hasMessageContaining("'b'");
        assertThatThrownBy(() -> ModelPair.check(Tokens.of("!s", "!e", "!a"), Tokens.of("!s", "!e", "a")))
                .hasMessageContaining("token 2");
    }

    @Test
    void endAndBeginningMustAgree() {
        Tokens target = Tokens.of("!s", "!e", "a");
        assertThatThrownBy(() -> ModelPair.check(target, new Tokens(target.texts(), 0, 2)))
                .hasMessageContaining("EOS is token 1 in the target and token 2 in the draft");
    }
}
