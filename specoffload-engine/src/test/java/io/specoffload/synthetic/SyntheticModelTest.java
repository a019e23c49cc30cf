package io.specoffload.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.GenerationListener;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.GenerationResult;
import io.specoffload.engine.Prompt;
import io.specoffload.engine.SpecOffloadEngine;
import io.specoffload.format.GgufFile;
import io.specoffload.tensor.DType;
import io.specoffload.testing.LlamaCppPeer;
import io.specoffload.testing.TestEngine;
import io.specoffload.tokenizer.Tokenizer;
import io.specoffload.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticModelTest {

    /** Width 256, so that every type's blocks fit. */
    private static final ModelShape DENSE = new ModelShape(3, 256, 512, 8, 4, 32, 1500, 0, 0, 512);

    private static final ModelShape EXPERTS = new ModelShape(2, 256, 256, 4, 2, 64, 1500, 6, 2, 512);

    @TempDir
    private Path folder;

    private Path write(String name, ModelShape shape, DType type, Path pair, double acceptance) throws IOException {
        Path file = folder.resolve(name);
        long size = SyntheticModel.write(shape, type, pair, acceptance, 7, file);
        assertThat(file).hasSize(size);
        return file;
    }

    private static Succession succession(Path file) throws IOException {
        try (GgufFile gguf = GgufFile.open(file)) {
            return Succession.of(gguf.metadata());
        }
    }

    private static List<Integer> follow(Succession succession, int token, int count) {
        List<Integer> tokens = new ArrayList<>();
        for (int t = succession.after(token); tokens.size() < count; t = succession.after(t)) {
            tokens.add(t);
        }
        return tokens;
    }

    private static GenerationResult generate(Path target, Path draft, int maxTokens, int... prompt) {
        EngineConfig config = EngineConfig.builder(target)
                .draftModel(draft)
                .candidates(draft == null ? 0 : 4)
                .adaptiveCandidates(false)
                .contextLength(512)
                .build();
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config)) {
            return engine.submit(
                            GenerationRequest.builder(new Prompt.Tokens(prompt))
                                    .maxTokens(maxTokens)
                                    .build(),
                            new GenerationListener() {})
                    .result()
                    .join();
        }
    }

    @ParameterizedTest
    @EnumSource(DType.class)
    void everyTypeGoesOnAsRecorded(DType type) throws IOException {
        Path model = write("m.gguf", DENSE, type, null, 0);
        // an ordinary token, BOS, a byte
        for (int start : new int[] {1000, 1, 100}) {
            assertThat(generate(model, null, 24, 5, start).tokens()).isEqualTo(follow(succession(model), start, 24));
        }
    }

    @ParameterizedTest
    @CsvSource({"0.5, Q8_0", "0.7, Q4_0", "0.9, Q4_K", "1.0, F16"})
    void aPairAgreesAsOftenAsAsked(double acceptance, DType type) throws IOException {
        Path draft = write("d.gguf", DENSE, DType.Q4_0, null, 0);
        for (ModelShape shape : List.of(DENSE, EXPERTS)) {
            Path target = write("t.gguf", shape, type, draft, acceptance);
            GenerationResult result = generate(target, draft, 256, 600);
            assertThat(result.tokens()).isEqualTo(follow(succession(target), 600, 256));
            // tokens in which draft and target agree, counted where the engine verified: candidates behind a rejected
            // one are not, so the rate per candidate is lower
            Succession drafts = succession(draft);
            int agreed = 0;
            int before = 600;
            for (int token : result.tokens()) {
                agreed += drafts.after(before) == token ? 1 : 0;
                before = token;
            }
            assertThat(agreed / 256.0).isCloseTo(acceptance, within(0.03));
            assertThat(result.usage().accepted()).isEqualTo(agreed - agreedButNotDrafted(result, drafts));
        }
    }

    /** Agreeing tokens that were the target's own: the first, and those that followed four accepted candidates. */
    private static int agreedButNotDrafted(GenerationResult result, Succession drafts) {
        List<Integer> tokens = result.tokens();
        int own = drafts.after(600) == tokens.getFirst() ? 1 : 0;
        int at = 1;
        while (at < tokens.size()) {
            int stood = 0;
            // the last token needs no candidate: it would be verified for nothing
            int offered = Math.min(4, tokens.size() - at - 1);
            while (stood < offered && drafts.after(tokens.get(at + stood - 1)) == tokens.get(at + stood)) {
                stood++;
            }
            at += stood;
            if (at < tokens.size()) {
                own += drafts.after(tokens.get(at - 1)) == tokens.get(at) ? 1 : 0;
                at++;
            }
        }
        return own;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, 0.3, 0.5, 0.7, 0.77, 0.9, 0.99})
    void everyWindowHasItsShare(double agreement) {
        Succession draft = Succession.random(32_000, 3);
        Succession target = draft.agreeing(agreement, 4);
        int first = SyntheticVocabulary.FIRST_ORDINARY;
        int length = 32_000 - first;
        int[] agreed = new int[2 * length + 1];
        int token = first;
        for (int i = 0; i < 2 * length; i++) {
            agreed[i + 1] = agreed[i] + (draft.after(token) == target.after(token) ? 1 : 0);
            token = target.after(token);
        }
        assertThat(token).isEqualTo(first);
        for (int i = 0; i + 256 <= 2 * length; i++) {
            assertThat((agreed[i + 256] - agreed[i]) / 256.0).isCloseTo(agreement, within(0.03));
        }
    }

    @Test
    void textsOfOrdinaryTokensRoundTrip() throws IOException {
        Path model = write("m.gguf", DENSE, DType.Q8_0, null, 0);
        try (GgufFile file = GgufFile.open(model)) {
            Tokenizer tokenizer = Tokenizers.from(file.metadata());
            SplittableRandom random = new SplittableRandom(5);
            for (int run = 0; run < 50; run++) {
                int[] tokens = random.ints(1 + random.nextInt(40), SyntheticVocabulary.FIRST_ORDINARY, 1500)
                        .toArray();
                assertThat(tokenizer.encode(tokenizer.decodeText(tokens), false, false))
                        .containsExactly(tokens);
            }
            assertThat(tokenizer.decodeText(tokenizer.encode("Größe: 3 ☃ and words", false, false)))
                    .isEqualTo("Größe: 3 ☃ and words");
        }
    }

    @Test
    void theSameSeedGivesTheSameFileAndLayersDiffer() throws IOException {
        Path one = write("a.gguf", EXPERTS, DType.Q4_0, null, 0);
        Path two = write("b.gguf", EXPERTS, DType.Q4_0, null, 0);
        assertThat(one).hasSameBinaryContentAs(two);
        try (GgufFile file = GgufFile.open(one)) {
            byte[] first = bytes(file, "blk.0.ffn_up_exps.weight");
            assertThat(bytes(file, "blk.1.ffn_up_exps.weight")).isNotEqualTo(first);
            assertThat(bytes(file, "blk.0.ffn_gate_exps.weight")).isNotEqualTo(first);
        }
    }

    private static byte[] bytes(GgufFile file, String name) {
        return file.tensors().stream()
                .filter(t -> t.name().equals(name))
                .findFirst()
                .orElseThrow()
                .data()
                .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }

    /** Were the layers without effect, measuring the model would measure nothing. */
    @Test
    void layersTakePart() throws IOException {
        Path model = write("m.gguf", DENSE, DType.F16, null, 0);
        try (GgufFile file = GgufFile.open(model);
                TestEngine engine = new TestEngine(file, KernelChoice.AUTO, DType.F32)) {
            float[] alone = engine.logits(700);
            float[] after = engine.logits(900, 800, 700);
            double difference = 0;
            double size = 0;
            for (int i = 0; i < 1500; i++) {
                difference += Math.pow(after[2 * 1500 + i] - alone[i], 2);
                size += Math.pow(alone[i], 2);
            }
            assertThat(Math.sqrt(difference / size)).isBetween(0.01, 0.5);
        }
    }

    @Test
    void llamaCppGoesOnInTheSameWay() throws Exception {
        Path model = write("m.gguf", DENSE, DType.Q8_0, null, 0);
        try (GgufFile file = GgufFile.open(model)) {
            Tokenizer tokenizer = Tokenizers.from(file.metadata());
            List<Integer> expected = follow(succession(model), 700, 20);
            String prompt = tokenizer.decodeText(new int[] {400, 700});
            String answer =
                    LlamaCppPeer.complete(model, List.of(prompt), 20, folder).getFirst();
            assertThat(answer.strip())
                    .isEqualTo(tokenizer.decodeText(
                            expected.stream().mapToInt(t -> t).toArray()));
        }
    }

    @Test
    void nonsenseIsRefused() throws IOException {
        Path plain = write("m.gguf", DENSE, DType.Q8_0, null, 0);
        ModelShape larger = new ModelShape(3, 256, 512, 8, 4, 32, 1600, 0, 0, 512);
        assertThatThrownBy(() -> write("t.gguf", larger, DType.Q8_0, plain, 0.7))
                .hasMessageContaining("1500 tokens, the shape 1600");
        ModelShape narrow = new ModelShape(1, 96, 96, 3, 3, 32, 400, 0, 0, 512);
        assertThatThrownBy(() -> write("t.gguf", narrow, DType.Q4_K, null, 0))
                .hasMessageContaining("rows of 96 do not fill whole Q4_K blocks");
        assertThatThrownBy(() -> ModelShape.of("llama-2b")).hasMessageContaining("llama-160m, llama-1b");
        assertThatThrownBy(() -> ModelShape.parse("{\"layers\":2,\"width\":64,\"heads\":2,\"vocabulary\":400}"))
                .hasMessageContaining("feedForward is missing");
        assertThatThrownBy(() -> ModelShape.parse("{\"layer\":2}")).hasMessageContaining("unknown key layer");
        assertThatThrownBy(() -> ModelShape.parse("{\"architecture\":\"gemma2\"}"))
                .hasMessageContaining("gemma2");
        Path foreign = io.specoffload.testing.DemoModels.draft();
        assertThatThrownBy(() -> write("t.gguf", DENSE, DType.Q8_0, foreign, 0.7))
                .hasMessageContaining("was not made by synthesize");
        assertThat(Files.exists(folder.resolve("t.gguf"))).isFalse();
    }

    @Test
    void aShapeFileIsRead() {
        assertThat(ModelShape.parse("{\"architecture\":\"llama\",\"layers\":22,\"width\":2048,\"feedForward\":5632,"
                        + "\"heads\":32,\"kvHeads\":4,\"vocabulary\":32000}"))
                .isEqualTo(ModelShape.of("llama-1b"));
        ModelShape experts =
                ModelShape.parse("{\"layers\":2,\"width\":64,\"feedForward\":128,\"heads\":2,\"headSize\":64,"
                        + "\"vocabulary\":400,\"experts\":4,\"expertFeedForward\":96,\"contextLength\":77}");
        assertThat(experts).isEqualTo(new ModelShape(2, 64, 96, 2, 2, 64, 400, 4, 2, 77));
    }
}
