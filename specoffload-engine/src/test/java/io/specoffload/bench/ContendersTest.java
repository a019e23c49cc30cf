package io.specoffload.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The commands that are run, and what is read from their answers. */
class ContendersTest {

    private static final Path TARGET = Path.of("t.gguf");
    private static final Path DRAFT = Path.of("d.gguf");

    @TempDir
    private Path folder;

    static StreamedSettings settings(@Nullable Path draft, int batch, long readRate) {
        return new StreamedSettings(
                draft,
                1000,
                1500,
                readRate,
                3,
                4,
                batch,
                1,
                2,
                null,
                5,
                "q8_0",
                List.of("--groups", "2"),
                List.of("java", "Main"),
                null);
    }

    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text.replace('\'', '"'));
    }

    @Test
    void ourCommandNamesEverything() {
        StreamedSettings settings = settings(DRAFT, 0, 500);
        BenchTokens tokens = new BenchTokens(1000);
        String plain = String.join(" ", new EngineContender(settings, TARGET, null, tokens).command());
        assertThat(plain)
                .startsWith("java Main generate --json --tokens ")
                .contains("--target t.gguf", "--max-tokens 4", "--memory-budget 1000", "--threads 2", "--read-rate 500")
                .contains("--kv-type q8_0", "--groups 2", "--ignore-eos", "--no-speculation")
                .doesNotContain("--draft");
        String speculating = String.join(" ", new EngineContender(settings, TARGET, DRAFT, tokens).command());
        assertThat(speculating).contains("--draft d.gguf --candidates 5").doesNotContain("--no-speculation");
        assertThat(String.join(" ", new EngineContender(settings(null, 0, 0), TARGET, null, tokens).command()))
                .doesNotContain("--read-rate");
    }

    /** 4 tokens: one with the prompt, then 3 in 2 rounds; a sweep before was to warm up. */
    @Test
    void decodingIsTheSweepsAfterThePrompts() {
        EngineContender contender = new EngineContender(settings(DRAFT, 0, 0), TARGET, DRAFT, new BenchTokens(1000));
        RunFigures figures = contender.read(json("""
                {'tokens': [7, 8, 9, 10], 'stats': {'prefillSeconds': 2.5, 'decodeSeconds': 1.5, 'rounds': 3,
                 'drafted': 6, 'accepted': 1, 'memoryCheck': {'accountedBytes': 50, 'measuredBytes': 49}, 'streamedBytes': {'disk': 4000, 'h2d': 0},
                 'streaming': {'sweeps': 4, 'bytesPerSecond': 700, 'shareOfDirectReads': 0.9}}}"""));
        assertThat(figures.output()).containsExactly(7, 8, 9, 10);
        assertThat(figures.tokensPerSecond()).isEqualTo(2);
        assertThat(figures.promptSeconds()).isEqualTo(2.5);
        assertThat(figures.streamedBytes()).isEqualTo(2000);
        assertThat(figures.readBytes()).isEqualTo(4000);
        assertThat(figures.directShare()).isEqualTo(0.9);
        assertThat(figures.memory()).isEqualTo(new RunFigures.Memory(50, 49));
        assertThat(figures.drafted()).isEqualTo(6);
        assertThat(figures.accepted()).isEqualTo(1);
    }

    @Test
    void whatIsResidentStreamsNothing() {
        EngineContender contender = new EngineContender(settings(null, 0, 0), TARGET, null, new BenchTokens(1000));
        RunFigures figures = contender.read(json("""
                {'tokens': [7, 8], 'stats': {'prefillSeconds': 1, 'decodeSeconds': 0.5, 'rounds': 2,
                 'streamedBytes': {'disk': 0, 'h2d': 0}}}"""));
        assertThat(figures.streamedBytes()).isZero();
        assertThat(figures.memory()).isEqualTo(RunFigures.Memory.UNKNOWN);
        assertThat(figures.streamRate()).isNaN();
    }

    @Test
    void anAnswerWithoutFiguresIsAFailure() {
        EngineContender contender = new EngineContender(settings(null, 0, 0), TARGET, null, new BenchTokens(1000));
        assertThatThrownBy(() -> contender.read(json("{'tokens': [7], 'stats': {'decodeSeconds': 1}}")))
                .isInstanceOf(ChildFailedException.class)
                .hasMessageContaining("1 token");
    }

    @Test
    void aBatchHasItsOwnPrompts() throws IOException {
        BatchContender contender =
                new BatchContender(settings(DRAFT, 3, 0), TARGET, DRAFT, new BenchTokens(5000), folder);
        String command = String.join(" ", contender.command());
        assertThat(command).contains("batch --json", "--slots 3", "--draft d.gguf", "--max-tokens 4");
        List<JsonNode> requests = Files.readAllLines(folder.resolve("requests.jsonl")).stream()
                .map(JsonMapper.shared()::readTree)
                .toList();
        assertThat(requests).hasSize(3);
        assertThat(requests.stream().map(request -> request.get("tokens"))).doesNotHaveDuplicates();
        assertThat(requests.getFirst().get("tokens").size()).isEqualTo(3);
        RunFigures figures = contender.read(json("""
                {'seconds': 2.0, 'failed': 0, 'usage': {'completionTokens': 12},
                 'stats': {'drafted': 8, 'accepted': 4, 'streamedBytes': {'disk': 600, 'h2d': 0}}}"""));
        assertThat(figures.tokensPerSecond()).isEqualTo(6);
        assertThat(figures.streamedBytes()).isEqualTo(600);
        assertThatThrownBy(() -> contender.read(json("{'seconds': 2.0, 'failed': 1}")))
                .hasMessageContaining("1 requests failed");
    }

    @Test
    void anOldBatchIsNotGoneOnWith() throws IOException {
        BatchContender contender =
                new BatchContender(settings(DRAFT, 1, 0), TARGET, null, new BenchTokens(5000), folder);
        Files.writeString(folder.resolve("answers.jsonl"), "{\"id\": 0}\n");
        assertThat(contender.command()).contains("--no-speculation");
        assertThat(folder.resolve("answers.jsonl")).doesNotExist();
    }

    @Test
    void thePeersAnswerIsRead() throws IOException {
        Path entry = folder.resolve("node_modules/node-llama-cpp/dist/index.js");
        Files.createDirectories(entry.getParent());
        Files.createFile(entry);
        NodeContender contender =
                new NodeContender(settings(DRAFT, 0, 0), folder, TARGET, DRAFT, new BenchTokens(1000));
        assertThat(contender.command())
                .startsWith("node")
                .endsWith(entry.toUri().toString());
        RunFigures figures = contender.read(json("""
                {'tokens': [1, 2, 3], 'promptSeconds': 0.5, 'decodeSeconds': 4.0, 'promptReadBytes': 10,
                 'decodeReadBytes': 20, 'drafted': 4, 'accepted': 1, 'version': 'llama.cpp b1'}"""));
        assertThat(figures.tokensPerSecond()).isCloseTo(0.5, within(1e-9));
        assertThat(figures.streamedBytes()).isEqualTo(20);
        assertThat(figures.readBytes()).isEqualTo(30);
        assertThat(figures.version()).isEqualTo("llama.cpp b1");
        RunFigures untold = contender.read(
                json(
                        "{'tokens': [1, 2], 'promptSeconds': 1, 'decodeSeconds': 1, 'promptReadBytes': -1, 'decodeReadBytes': -1}"));
        assertThat(untold.readBytes()).isEqualTo(-1);
    }

    @Test
    void aMissingPeerNamesTheRemedy() {
        assertThatThrownBy(() -> NodePeer.command(folder))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("npm install --prefix " + folder);
    }

    @Test
    void settingsThatMeanNothingAreRefused() {
        assertThatThrownBy(() -> settings(null, 4, 0)).hasMessageContaining("--draft");
        assertThatThrownBy(() -> new StreamedSettings(
                        null, 1000, 999, 0, 3, 4, 0, 1, 1, null, 4, "f16", List.of(), List.of(), null))
                .hasMessageContaining("--memory-limit");
        assertThatThrownBy(() -> new StreamedSettings(
                        null, 1000, 1000, 0, 3, 4, 0, 1, 1, 6, 4, "f16", List.of(), List.of(), null))
                .hasMessageContaining("--context is 6");
        assertThatThrownBy(() -> new StreamedSettings(
                        null, 1000, 1000, 0, 3, 1, 0, 1, 1, null, 4, "f16", List.of(), List.of(), null))
                .hasMessageContaining("--output-length is 1");
    }

    @Test
    void aSplitCheckpointIsAllItsParts() throws IOException {
        for (String name :
                List.of("m-00001-of-00002.gguf", "m-00002-of-00002.gguf", "m-00001-of-00003.gguf", "m.gguf")) {
            Files.createFile(folder.resolve(name));
        }
        assertThat(StreamedComparison.parts(folder.resolve("m-00001-of-00002.gguf")))
                .containsExactly(folder.resolve("m-00001-of-00002.gguf"), folder.resolve("m-00002-of-00002.gguf"));
        assertThat(StreamedComparison.parts(folder.resolve("m.gguf"))).containsExactly(folder.resolve("m.gguf"));
    }
}
