package io.specoffload.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.GenerationResult;
import io.specoffload.engine.Prompt;
import io.specoffload.engine.SpecOffloadEngine;
import io.specoffload.format.GgufFile;
import io.specoffload.format.ModelFile;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import io.specoffload.testing.LlamaCppPeer;
import io.specoffload.testing.TestEngine;
import io.specoffload.testing.TinyModels;
import io.specoffload.tokenizer.Tokenizer;
import io.specoffload.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class SyntheticModelTest {

    private static final ModelShape DENSE = new ModelShape("dense", 2, 256, 256, 4, 2, 64, 1000, 0, 0, 2048);
    private static final ModelShape EXPERTS = new ModelShape("experts", 2, 128, 96, 4, 2, 32, 1000, 4, 2, 2048);
    private static final ModelShape DRAFT = new ModelShape("draft", 1, 96, 64, 3, 3, 32, 1000, 0, 0, 2048);

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(DType.class)
    void greedyDecodingFollowsTheRecordedOrder(DType type) throws IOException {
        SyntheticModel model = SyntheticModel.of(DENSE, type, 3);
        Path file = write(model, "m.gguf");
        int[] expected = follow(model, 777, 48);
        assertThat(generate(EngineConfig.builder(file), 48, 5, 777).tokens()).isEqualTo(boxed(expected));
    }

    @Test
    void controlTokensAndBytesLeadIntoTheOrder() throws IOException {
        SyntheticModel model = SyntheticModel.of(EXPERTS, DType.Q8_0, 3);
        Path file = write(model, "m.gguf");
        for (int start : new int[] {0, 1, 2, 3, 258}) {
            assertThat(generate(EngineConfig.builder(file), 4, start).tokens())
                    .isEqualTo(boxed(follow(model, start, 4)));
        }
    }

    @Test
    void layersAreComputedButDoNotDecide() throws IOException {
        SyntheticModel model = SyntheticModel.of(EXPERTS, DType.F32, 8);
        try (ModelFile file = GgufFile.open(write(model, "m.gguf"));
                TestEngine engine = new TestEngine(file, KernelChoice.AUTO, DType.F32)) {
            float[] first = last(engine.logits(300, 301, 302));
            float[] second = last(engine.logits(400, 401, 302));
            assertThat(first).isNotEqualTo(second);
            assertThat(argmax(first)).isEqualTo(argmax(second)).isEqualTo(model.tokenAfter(302));
        }
    }

    @Test
    void noTwoTensorsAreAlike() throws IOException {
        try (ModelFile file = GgufFile.open(write(SyntheticModel.of(EXPERTS, DType.Q4_0, 8), "m.gguf"))) {
            List<Tensor> tensors = file.tensors().stream()
                    .filter(tensor -> !tensor.name().contains("norm"))
                    .toList();
            for (Tensor one : tensors) {
                for (Tensor other : tensors) {
                    assertThat(one.name().equals(other.name()) || one.data().mismatch(other.data()) >= 0)
                            .as("%s and %s", one.name(), other.name())
                            .isTrue();
                }
            }
        }
    }

    @Test
    void theSeedDecides() throws IOException {
        Path one = write(SyntheticModel.of(DENSE, DType.Q6_K, 5), "one.gguf");
        Path same = write(SyntheticModel.of(DENSE, DType.Q6_K, 5), "same.gguf");
        Path other = write(SyntheticModel.of(DENSE, DType.Q6_K, 6), "other.gguf");
        assertThat(Files.mismatch(one, same)).isEqualTo(-1);
        assertThat(Files.mismatch(one, other)).isNotEqualTo(-1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPairAgreesOnTheShare(boolean experts) throws IOException {
        SyntheticModel draft = SyntheticModel.of(DRAFT, DType.Q8_0, 1);
        Path draftFile = write(draft, "draft.gguf");
        SyntheticModel target = SyntheticModel.pairedWith(draftFile, 0.7, experts ? EXPERTS : DENSE, DType.Q4_0, 2);
        Path targetFile = write(target, "target.gguf");
        int count = 512;
        int[] expected = follow(target, 700, count);
        GenerationResult plain = generate(EngineConfig.builder(targetFile), count, 700);
        assertThat(plain.tokens()).isEqualTo(boxed(expected));
        int candidates = 3;
        GenerationResult result =
                generate(EngineConfig.builder(targetFile).draftModel(draftFile).candidates(candidates), count, 700);
        assertThat(result.tokens()).isEqualTo(plain.tokens());
        int agreeing = 0;
        for (int token : expected) {
            agreeing += draft.tokenAfter(token) == target.tokenAfter(token) ? 1 : 0;
        }
        assertThat((double) agreeing / count).isCloseTo(0.7, within(0.03));
        // three candidates: (0.7 + 0.49 + 0.343) / 3 of them are accepted; rounds sample the tokens
        double rate = (double) result.usage().accepted() / result.usage().drafted();
        assertThat(rate).isCloseTo(0.511, within(0.07));
        assertThat(result.usage().drafted()).isGreaterThan(count / 2);
    }

    @Test
    void aPairedModelCanBePairedWithInTurn() throws IOException {
        Path first = write(SyntheticModel.of(DRAFT, DType.F16, 1), "a.gguf");
        Path second = write(SyntheticModel.pairedWith(first, 0.5, DRAFT, DType.F16, 2), "b.gguf");
        SyntheticModel third = SyntheticModel.pairedWith(second, 1, DENSE, DType.F16, 3);
        GenerationResult result =
                generate(EngineConfig.builder(write(third, "c.gguf")).draftModel(second), 40, 500);
        assertThat(result.usage().accepted())
                .isEqualTo(result.usage().drafted())
                .isPositive();
    }

    @Test
    void onlySyntheticModelsOfTheSameVocabularyCanBePairedWith() throws IOException {
        Path tiny = TinyModels.target(folder);
        assertThatThrownBy(() -> SyntheticModel.pairedWith(tiny, 0.7, DENSE, DType.F16, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("target.gguf records no specoffload.synthetic.next_tokens");
        Path draft = write(SyntheticModel.of(DRAFT, DType.F16, 1), "d.gguf");
        ModelShape larger = new ModelShape("larger", 1, 96, 64, 3, 3, 32, 1001, 0, 0, 64);
        assertThatThrownBy(() -> SyntheticModel.pairedWith(draft, 0.7, larger, DType.F16, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1000 tokens, but the shape one of 1001");
        assertThatThrownBy(() -> SyntheticModel.pairedWith(draft, 1.5, DENSE, DType.F16, 1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("between 0 and 1");
    }

    @Test
    void spaceIsCheckedBeforeAnythingIsWritten() throws IOException {
        ModelShape huge = new ModelShape("huge", 10_000, 1 << 15, 1 << 20, 4, 4, 64, 1000, 256, 2, 64);
        Path file = folder.resolve("huge.gguf");
        assertThatThrownBy(() -> SyntheticModel.of(huge, DType.F32, 1).write(file, bytes -> {}))
                .isInstanceOf(FileSystemException.class)
                .hasMessageContaining("are free there");
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    /** Both engines read the same words out of the file, and continue them alike. */
    @Test
    void anotherEngineContinuesAlike() throws IOException, InterruptedException {
        for (SyntheticModel model : List.of(
                SyntheticModel.of(DENSE, DType.Q4_K, 3),
                SyntheticModel.of(DENSE, DType.F16, 4),
                SyntheticModel.of(EXPERTS, DType.Q8_0, 5))) {
            Path file = write(model, "m.gguf");
            Tokenizer tokenizer;
            try (ModelFile opened = GgufFile.open(file)) {
                tokenizer = Tokenizers.from(opened.metadata());
            }
            String prompt = "bako dida naive 12";
            int[] ids = tokenizer.encode(prompt, true, false);
            int[] expected = follow(model, ids[ids.length - 1], 24);
            List<String> answers = LlamaCppPeer.complete(file, List.of(prompt), 24, folder);
            assertThat(answers.getFirst()).isEqualTo(tokenizer.decode(expected, false));
        }
    }

    private Path write(SyntheticModel model, String name) throws IOException {
        Path file = folder.resolve(name);
        model.write(file, bytes -> {});
        return file;
    }

    private static GenerationResult generate(EngineConfig.Builder config, int count, int... prompt) {
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(
                config.slots(1).contextLength(1024).threads(2).build())) {
            return engine.generate(GenerationRequest.builder(new Prompt.Tokens(prompt))
                    .maxTokens(count)
                    .build());
        }
    }

    private static int[] follow(SyntheticModel model, int token, int count) {
        int[] tokens = new int[count];
        int last = token;
        for (int i = 0; i < count; i++) {
            last = model.tokenAfter(last);
            tokens[i] = last;
        }
        return tokens;
    }

    private static List<Integer> boxed(int[] tokens) {
        return new ArrayList<>(Arrays.stream(tokens).boxed().toList());
    }

    private static float[] last(float[] logits) {
        return Arrays.copyOfRange(logits, logits.length - EXPERTS.vocabulary(), logits.length);
    }

    private static int argmax(float[] logits) {
        return IntStream.range(0, logits.length)
                .reduce((a, b) -> logits[b] > logits[a] ? b : a)
                .orElseThrow();
    }
}
