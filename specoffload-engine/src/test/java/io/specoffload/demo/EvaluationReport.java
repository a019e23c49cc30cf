package io.specoffload.demo;

import io.specoffload.engine.GenerationResult;
import io.specoffload.testing.DemoModels;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The text of {@code evaluation.md}. */
record EvaluationReport(
        List<DemoModels.Example> messages,
        DemoEvaluation.Run extraction,
        List<DemoModels.Example> wordings,
        DemoEvaluation.Run reworded,
        List<DemoModels.Example> dialogue,
        DemoEvaluation.Run talk,
        Survival survival,
        DemoEvaluation.@Nullable Run unquantized,
        DemoEvaluation.Peer peer) {

    String text() {
        StringBuilder out = new StringBuilder("# Evaluation of the bundled demo models\n\n"
                + "Written by `./mvnw -pl specoffload-engine test -Dtest=DemoEvaluation` on the committed files: this engine,"
                + " greedy decoding, no grammar, 4 candidates. An answer counts when it equals the expected text to the last"
                + " character.\n\n## Extraction: " + messages.size() + " messages unseen in training\n\n"
                + "| messages | count | exactly right |\n| --- | ---: | ---: |\n");
        row(out, "all", i -> true);
        row(out, "words known from training", i -> !messages.get(i).unseen());
        row(out, "unseen names, items, cities", i -> messages.get(i).unseen());
        for (String kind :
                messages.stream().map(DemoModels.Example::kind).distinct().toList()) {
            row(out, "kind " + kind, i -> messages.get(i).kind().equals(kind));
        }
        long valid = extraction.results().stream()
                .filter(r -> parsed(r.text()) != null)
                .count();
        out.append(
                line("%nValid JSON: %d of %d (%.1f%%).%n%n", valid, messages.size(), 100.0 * valid / messages.size()));
        fields(out);
        unknownWordings(out);
        speculation(out);
        others(out);
        return out.toString();
    }

    private void row(StringBuilder out, String name, IntPredicate which) {
        int[] chosen = IntStream.range(0, messages.size()).filter(which).toArray();
        long right = IntStream.of(chosen).filter(i -> right(extraction, i)).count();
        out.append(line("| %s | %d | %.1f%% |%n", name, chosen.length, 100.0 * right / Math.max(1, chosen.length)));
    }

    private boolean right(DemoEvaluation.Run run, int i) {
        return run.results().get(i).text().equals(messages.get(i).expected());
    }

    private void fields(StringBuilder out) {
        Map<String, int[]> counts = new TreeMap<>();
        for (int i = 0; i < messages.size(); i++) {
            JsonNode expected = parsed(messages.get(i).expected());
            JsonNode found = parsed(extraction.results().get(i).text());
            if (expected == null) {
                throw new IllegalStateException("the expected answer of message " + i + " is no JSON");
            }
            for (Map.Entry<String, JsonNode> field : expected.properties()) {
                int[] count = counts.computeIfAbsent(messages.get(i).kind() + "." + field.getKey(), k -> new int[2]);
                count[0] += found != null && field.getValue().equals(found.get(field.getKey())) ? 1 : 0;
                count[1]++;
            }
        }
        out.append("| field | exactly right |\n| --- | ---: |\n");
        counts.forEach((name, count) -> out.append(line("| %s | %.1f%% |%n", name, 100.0 * count[0] / count[1])));
    }

    private void unknownWordings(StringBuilder out) {
        long right = IntStream.range(0, wordings.size())
                .filter(i ->
                        reworded.results().get(i).text().equals(wordings.get(i).expected()))
                .count();
        out.append(line(
                "%n## Beyond what they are meant for%n%nOf %d messages whose sentences, too, are in no training text, %d are"
                        + " exactly right (%.1f%%).%n",
                wordings.size(), right, 100.0 * right / wordings.size()));
    }

    private void speculation(StringBuilder out) {
        long drafted = sum(extraction, true);
        long accepted = sum(extraction, false);
        long rounds =
                extraction.results().stream().mapToLong(r -> r.usage().rounds()).sum();
        out.append(line(
                "%n## Speculation on these messages%n%nOf %d candidates %d were accepted: %.3f. Mean acceptance length"
                        + " (tokens a round, the target's own included): %.2f.%n%n| candidates that all stand | share of"
                        + " rounds |%n| ---: | ---: |%n",
                drafted, accepted, (double) accepted / drafted, (double) (accepted + rounds) / rounds));
        for (int j = 1; j < survival.reached().length; j++) {
            out.append(line("| %d | %.3f |%n", j, survival.of(j)));
        }
    }

    private static long sum(DemoEvaluation.Run run, boolean drafted) {
        return run.results().stream()
                .map(GenerationResult::usage)
                .mapToLong(u -> drafted ? u.drafted() : u.accepted())
                .sum();
    }

    private void others(StringBuilder out) {
        long talked = IntStream.range(0, dialogue.size())
                .filter(i -> said(talk.results().get(i), dialogue.get(i).expected()))
                .count();
        out.append(line("%n## Dialogue and tools%n%n%d of %d answers right.%n", talked, dialogue.size()));
        out.append("\n## Quantization\n\n");
        if (unquantized == null) {
            out.append("Not measured in this run: the float files are not committed (see README.md).\n");
        } else {
            DemoEvaluation.Run floats = unquantized;
            double whole = 100.0
                    * IntStream.range(0, messages.size())
                            .filter(i -> right(extraction, i))
                            .count()
                    / messages.size();
            double plain = 100.0
                    * IntStream.range(0, messages.size())
                            .filter(i -> right(floats, i))
                            .count()
                    / messages.size();
            out.append(line("Exactly right as float32: %.1f%%, as committed: %.1f%%.%n", plain, whole));
        }
        out.append(line(
                "%n## llama.cpp%n%n`de.kherud:llama` gives the same greedy text on %d of %d prompts with the same weights as"
                        + " float32, and on %d with the file itself, where it rounds activations to 8 bits.%n",
                peer.equalOnFloats(), peer.prompts(), peer.equalOnFile()));
    }

    /** A tool call is parsed out of the text, so its name and arguments are looked for. */
    private static boolean said(GenerationResult result, String expected) {
        if (result.toolCalls().isEmpty()) {
            return result.text().equals(expected);
        }
        JsonNode call = parsed(expected.replace("<tool_call>", "").replace("</tool_call>", ""));
        return call != null
                && call.path("name")
                        .asString()
                        .equals(result.toolCalls().getFirst().name())
                && call.path("arguments")
                        .equals(parsed(result.toolCalls().getFirst().arguments()));
    }

    private static @Nullable JsonNode parsed(String text) {
        try {
            JsonNode node = JsonMapper.shared().readTree(text);
            return node.isObject() ? node : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    private static String line(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
