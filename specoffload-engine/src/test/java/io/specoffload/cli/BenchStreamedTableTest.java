package io.specoffload.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.bench.Comparison;
import io.specoffload.bench.StreamedResult;
import io.specoffload.bench.StreamedResult.Row;
import io.specoffload.bench.StreamedResult.Spread;
import io.specoffload.bench.StreamedSettings;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Made-up results as text and as JSON. */
class BenchStreamedTableTest {

    private static final StreamedSettings SETTINGS = new StreamedSettings(
            Path.of("d.gguf"),
            1_100_000_000,
            1_450_000_000,
            500_000_000,
            64,
            128,
            0,
            5,
            2,
            null,
            4,
            "f16",
            List.of(),
            List.of(),
            null);

    private static final Row OURS = new Row(
            "specoffload + draft",
            "",
            new Spread(1.25, 1.2, 1.3, 5),
            1.5,
            0.83,
            20.5,
            41.1e9,
            0.5e9,
            0.97,
            0,
            0,
            1.2e9,
            0,
            1.1e9,
            0.7,
            1,
            820e6,
            800e6,
            List.of());

    private static final Row PEER = new Row(
            "llama.cpp",
            "llama.cpp b1",
            new Spread(Double.NaN, Double.NaN, Double.NaN, 0),
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            1,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            Double.NaN,
            List.of("it was killed"));

    private static StreamedResult result(@Nullable String withoutGroups) {
        return new StreamedResult(
                Path.of("t.gguf"),
                2_200_000_000L,
                withoutGroups == null ? 2 : 0,
                withoutGroups,
                new Spread(1.1e9, 0.9e9, 1.3e9, 11),
                List.of(OURS, PEER),
                List.of(new StreamedResult.Ratio(
                        "specoffload + draft", new Comparison("specoffload", 2.5, 2.4, 2.6, 10))),
                List.of("a remark"));
    }

    private static String text(StreamedResult result) {
        StringWriter out = new StringWriter();
        PrintWriter writer = new PrintWriter(out);
        BenchStreamedTable.print(Map.of("cpu", "some"), SETTINGS, result, writer);
        writer.flush();
        return out.toString();
    }

    @Test
    void theTableHoldsFiguresBesideTheirBound() {
        String text = text(result(null));
        assertThat(text)
                .contains("memory group (version 2) of 1450 MB", "0.50 GB/s (this engine only)", "64 + 128 tokens")
                .contains("direct reads 1.10 GB/s (0.90, 1.30), measured 11 times")
                .contains("note: a remark", "llama.cpp failed: it was killed", "llama.cpp: llama.cpp b1")
                .contains("streamed 0.50 GB/s while it read, 97% of direct reads right after and 100% of the read rate")
                .contains("accounts for 820.0 MB outside of the Java heap, measured 800.0 MB without the JVM's: +2.5%")
                .contains("specoffload + draft against specoffload: 2.50x [2.40, 2.60] of 10 pairs");
        String row = text.lines()
                .filter(line -> line.startsWith("  specoffload + draft  "))
                .findFirst()
                .orElseThrow();
        assertThat(row.strip().split("\\s{2,}"))
                .containsExactly(
                        "specoffload + draft",
                        "1.25",
                        "(1.20, 1.30)",
                        "1.50",
                        "83%",
                        "20.50",
                        "41.10",
                        "0.50",
                        "97%",
                        "0",
                        "0.0",
                        "1200",
                        "1100",
                        "70%",
                        "100%");
        String empty = text.lines()
                .filter(line -> line.strip().equals("llama.cpp"))
                .findFirst()
                .orElseThrow();
        assertThat(empty).doesNotContain("NaN");
    }

    @Test
    void missingGroupsAreSaidClearly() {
        assertThat(text(result("permission denied"))).contains("no memory group could be made: permission denied");
    }

    @Test
    void jsonHasNumbersOrNull() {
        JsonNode json = JsonMapper.shared()
                .readTree(CliSupport.json(BenchStreamedTable.json(SETTINGS, result("permission denied"))));
        assertThat(json.get("memoryGroup").isNull()).isTrue();
        assertThat(json.get("noMemoryGroup").asString()).isEqualTo("permission denied");
        assertThat(json.at("/directReadBytesPerSecond/median").asDouble()).isEqualTo(1.1e9);
        JsonNode ours = json.at("/rows/0");
        assertThat(ours.at("/tokensPerSecond/median").asDouble()).isEqualTo(1.25);
        assertThat(ours.get("bound").asDouble()).isEqualTo(1.5);
        assertThat(ours.get("readBytes").asLong()).isEqualTo(41_100_000_000L);
        assertThat(ours.get("shareOfDirectReads").asDouble()).isEqualTo(0.97);
        assertThat(ours.get("shareOfReadRate").asDouble()).isEqualTo(1);
        assertThat(ours.get("accountedMemoryBytes").asLong()).isEqualTo(820_000_000);
        JsonNode peer = json.at("/rows/1");
        assertThat(peer.get("measuredMemoryBytes").isNull()).isTrue();
        assertThat(peer.get("bound").isNull()).isTrue();
        assertThat(peer.get("kills").asInt()).isEqualTo(1);
        assertThat(peer.at("/failures/0").asString()).isEqualTo("it was killed");
        assertThat(json.at("/ratios/0/ratio").asDouble()).isEqualTo(2.5);
        assertThat(json.at("/ratios/0/resolvable").asBoolean()).isTrue();
    }
}
