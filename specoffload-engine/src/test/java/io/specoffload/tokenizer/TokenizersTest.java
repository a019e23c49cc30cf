package io.specoffload.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.format.Metadata;
import io.specoffload.format.ModelFormatException;
import io.specoffload.tokenizer.Vocabulary.Kind;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TokenizersTest {

    @Test
    void byteLevelMergesByRank() {
        SmallVocabulary small = SmallVocabulary.bpe();
        Tokenizer tokenizer = small.tokenizer();
        assertThat(tokenizer.encode("hello hello", false, false)).isEqualTo(small.ids("hello", "\u0120hello"));
        assertThat(tokenizer.encode("aaaaaaa", false, false)).isEqualTo(small.ids("aaaa", "aa", "a"));
        assertThat(tokenizer.encode("", true, true)).isEmpty();
    }

    @Test
    void scoresDecideInSentencePiece() {
        SmallVocabulary small = SmallVocabulary.sentencePiece();
        Tokenizer tokenizer = small.tokenizer();
        assertThat(tokenizer.encode("hello world", true, false))
                .isEqualTo(small.ids("<s>", "\u2581hello", "\u2581world"));
        assertThat(tokenizer.encode("hello", false, false)).isEqualTo(small.ids("\u2581hello"));
        assertThat(tokenizer.encode("é", false, false)).isEqualTo(small.ids("\u2581", "<0xC3>", "<0xA9>"));
        assertThat(tokenizer.encode("", false, false)).isEmpty();
        assertThat(tokenizer.decodeText(small.ids("<s>", "\u2581hello", "\u2581world")))
                .isEqualTo("hello world");
        assertThat(tokenizer.decode(small.ids("\u2581world"), false)).isEqualTo(" world");
    }

    @Test
    void spacePrefixMayBeSwitchedOff() {
        SmallVocabulary small = SmallVocabulary.sentencePiece().set("tokenizer.ggml.add_space_prefix", false);
        assertThat(small.tokenizer().encode("hello", false, false)).isEqualTo(small.ids("hello"));
        assertThat(small.tokenizer().decodeText(small.ids("\u2581hello"))).isEqualTo(" hello");
    }

    @Test
    void controlTokensAreParsedOnlyOnRequest() {
        SmallVocabulary small =
                SmallVocabulary.bpe().token("<|x|>", Kind.CONTROL).token("<|x|>>", Kind.CONTROL);
        Tokenizer tokenizer = small.tokenizer();
        assertThat(tokenizer.encode("a<|x|>hello", false, true)).isEqualTo(small.ids("a", "<|x|>", "hello"));
        assertThat(tokenizer.encode("<|x|>>", false, true)).isEqualTo(small.ids("<|x|>>"));
        int[] plain = tokenizer.encode("a<|x|>hello", false, false);
        assertThat(plain).doesNotContain(small.id("<|x|>")).hasSizeGreaterThan(3);
        assertThat(tokenizer.decode(plain, false)).isEqualTo("a<|x|>hello");
        assertThat(tokenizer.decode(small.ids("a", "<|x|>", "hello"), false)).isEqualTo("ahello");
        assertThat(tokenizer.decode(small.ids("a", "<|x|>", "hello"), true)).isEqualTo("a<|x|>hello");
    }

    @Test
    void plainTextNeverBecomesAControlToken() {
        // the pieces of "</s>" can be joined step by step, and it would have the best score
        SmallVocabulary small = SmallVocabulary.sentencePiece()
                .token("</", Kind.NORMAL, -1)
                .token("</s", Kind.NORMAL, -1)
                .token("s", Kind.NORMAL, -1)
                .token(">", Kind.NORMAL, -1);
        assertThat(small.tokenizer().encode("</s>", false, false)).isEqualTo(small.ids("\u2581", "</s", ">"));
        assertThat(small.tokenizer().encode("</s>", false, true)).isEqualTo(small.ids("</s>"));
    }

    @Test
    void userDefinedTokensAreAlwaysSplitFirst() {
        SmallVocabulary small =
                SmallVocabulary.bpe().token("<think>", Kind.USER_DEFINED).token("llo", Kind.USER_DEFINED);
        assertThat(small.tokenizer().encode("hello<think>", false, false)).isEqualTo(small.ids("he", "llo", "<think>"));
        assertThat(small.tokenizer().decode(small.ids("<think>"), false)).isEqualTo("<think>");
    }

    @Test
    void spaceIsPutBehindSpecialTokensToo() {
        SmallVocabulary small = SmallVocabulary.sentencePiece();
        assertThat(small.tokenizer().encode("hello</s>hello", true, true))
                .isEqualTo(small.ids("<s>", "\u2581hello", "</s>", "\u2581hello"));
    }

    @Test
    void phi3SpecialTokensSwallowTheSpaceBehindThem() {
        SmallVocabulary small = SmallVocabulary.sentencePiece().token("<|user|>", Kind.CONTROL);
        small.set("general.name", "Phi-3 Mini").set("tokenizer.ggml.add_space_prefix", false);
        assertThat(small.tokenizer().encode("<|user|>\n  hello", false, true))
                .isEqualTo(small.ids("<|user|>", "hello"));
    }

    @Test
    void beginningAndEndFollowTheFile() {
        SmallVocabulary bpe = SmallVocabulary.bpe().token("<|b|>", Kind.CONTROL).token("<|e|>", Kind.CONTROL);
        int bos = bpe.id("<|b|>");
        int eos = bpe.id("<|e|>");
        bpe.set("tokenizer.ggml.bos_token_id", (long) bos).set("tokenizer.ggml.eos_token_id", (long) eos);
        assertThat(bpe.tokenizer().encode("a", true, false)).isEqualTo(bpe.ids("a"));
        assertThat(bpe.set("tokenizer.ggml.pre", "llama-bpe").tokenizer().encode("a", true, false))
                .isEqualTo(bpe.ids("<|b|>", "a"));
        bpe.set("tokenizer.ggml.add_bos_token", false).set("tokenizer.ggml.add_eos_token", true);
        assertThat(bpe.tokenizer().encode("a", true, false)).isEqualTo(bpe.ids("a", "<|e|>"));
        assertThat(bpe.tokenizer().encode("a", false, false)).isEqualTo(bpe.ids("a"));
        // 2^32 - 1 says "none"
        bpe.set("tokenizer.ggml.bos_token_id", (1L << 32) - 1).set("tokenizer.ggml.add_bos_token", true);
        assertThat(bpe.tokenizer().vocabulary().bos()).isEmpty();
        assertThat(bpe.tokenizer().vocabulary().addBos()).isFalse();
    }

    @Test
    void generationEndsAtEveryTokenMadeForIt() {
        SmallVocabulary small = SmallVocabulary.bpe()
                .token("<|im_end|>", Kind.CONTROL)
                .token("<|end_of_text|>", Kind.NORMAL)
                .token("<turn>", Kind.CONTROL)
                .token("<|end|>", Kind.CONTROL);
        small.set("tokenizer.ggml.eot_token_id", (long) small.id("<turn>"));
        small.set("tokenizer.ggml.eos_token_id", (long) small.id("a"));
        Vocabulary vocabulary = small.tokenizer().vocabulary();
        assertThat(java.util.stream.IntStream.range(0, vocabulary.size()).filter(vocabulary::isEndOfGeneration))
                .containsExactlyInAnyOrder(
                        small.id("<|im_end|>"), small.id("<turn>"), small.id("a"), small.id("<|end|>"));
        small.token("<|return|>", Kind.CONTROL).token("<|call|>", Kind.CONTROL);
        Vocabulary harmony = small.tokenizer().vocabulary();
        assertThat(harmony.isEndOfGeneration(small.id("<|end|>"))).isFalse();
        assertThat(harmony.isEndOfGeneration(small.id("<|return|>"))).isTrue();
    }

    @Test
    void bytesAreWhatATokenStandsFor() {
        SmallVocabulary bpe = SmallVocabulary.bpe();
        assertThat(bpe.tokenizer().vocabulary().bytes(bpe.id("\u0120hello")))
                .asString()
                .isEqualTo(" hello");
        SmallVocabulary piece = SmallVocabulary.sentencePiece();
        assertThat(piece.tokenizer().vocabulary().bytes(piece.id("<0xC3>"))).containsExactly(0xC3);
        assertThat(piece.tokenizer().vocabulary().bytes(piece.id("\u2581\u2581")))
                .asString()
                .isEqualTo("  ");
        assertThat(piece.tokenizer().vocabulary().kind(piece.id("<0xC3>"))).isEqualTo(Kind.BYTE);
    }

    @Test
    void missingByteTokensFallBackToUnknown() {
        SmallVocabulary small = new SmallVocabulary()
                .set("tokenizer.ggml.model", "llama")
                .token("<unk>", Kind.UNKNOWN)
                .token("a", Kind.NORMAL)
                .token("\u2581", Kind.NORMAL);
        assertThat(small.tokenizer().encode("aéa", false, false)).isEqualTo(small.ids("\u2581", "a", "<unk>", "a"));
    }

    @Test
    void randomTextsComeBack() {
        Random random = new Random(3);
        Tokenizer bpe = SmallVocabulary.bpe().tokenizer();
        Tokenizer sentencePiece = SmallVocabulary.sentencePiece().tokenizer();
        for (int i = 0; i < 500; i++) {
            String text = RandomText.of(random, 60);
            RandomText.assertRoundTrip(bpe, text);
            RandomText.assertRoundTrip(sentencePiece, text);
        }
    }

    @Test
    void longRunsOfAnythingAreEncoded() {
        Tokenizer bpe = SmallVocabulary.bpe().tokenizer();
        Tokenizer sentencePiece = SmallVocabulary.sentencePiece().tokenizer();
        for (String unit : List.of("a", " ", "7", "<", "é", "lh ")) {
            String text = unit.repeat((1 << 20) / unit.length());
            assertThat(bpe.decodeText(bpe.encode(text, false, true))).isEqualTo(text);
            assertThat(sentencePiece.decodeText(sentencePiece.encode(text, false, true)))
                    .isEqualTo(text);
        }
    }

    @Test
    void unknownKindsAreRefusedByNameWithTheSupportedOnes() {
        refused(SmallVocabulary.bpe().set("tokenizer.ggml.model", "bert"), "'bert'", "llama", "gpt2");
        refused(SmallVocabulary.bpe().set("tokenizer.ggml.pre", "other"), "'other'", "llama-bpe", "qwen2");
        assertThatThrownBy(() -> Tokenizers.from(new Metadata(Map.of())))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("tokenizer.ggml.model is missing");
    }

    @Test
    void contradictionsAreRefused() {
        refused(SmallVocabulary.bpe().set("tokenizer.ggml.tokens", List.of()), "tokenizer.ggml.tokens is empty");
        refused(SmallVocabulary.bpe().set("tokenizer.ggml.scores", new float[3]), "scores has 3 entries");
        refused(SmallVocabulary.bpe().set("tokenizer.ggml.token_type", new long[3]), "token_type has 3 entries");
        refused(SmallVocabulary.bpe().set("tokenizer.ggml.merges", List.of("a b", "ab")), "merges: entry 1");
        refused(SmallVocabulary.bpe().set("tokenizer.ggml.tokens", 5L), "tokenizer.ggml.tokens");
        refused(SmallVocabulary.sentencePiece().token("<0xGG>", Kind.BYTE), "<0xGG>");
        SmallVocabulary kinds = SmallVocabulary.bpe();
        long[] types = new long[kinds.size()];
        types[7] = 7;
        refused(kinds.set("tokenizer.ggml.token_type", types), "token 7 has the unknown type 7");
    }

    @Test
    void idsOutsideTheVocabularyAreNamed() {
        Tokenizer tokenizer = SmallVocabulary.bpe().tokenizer();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tokenizer.decode(new int[] {100_000}, false))
                .withMessageContaining("100000");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> tokenizer.vocabulary().bytes(-1));
    }

    private static void refused(SmallVocabulary small, String... parts) {
        assertThatThrownBy(small::tokenizer)
                .isInstanceOf(ModelFormatException.class)
                .message()
                .contains(parts);
    }
}
