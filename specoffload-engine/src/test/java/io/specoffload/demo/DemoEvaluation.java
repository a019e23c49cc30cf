package io.specoffload.demo;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.Generation;
import io.specoffload.engine.GenerationListener;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.GenerationResult;
import io.specoffload.engine.SpecOffloadEngine;
import io.specoffload.testing.DemoModels;
import io.specoffload.testing.FloatCopy;
import io.specoffload.testing.LlamaCppPeer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Measures the bundled models on all their test messages and writes {@code sample-app/demo-models/evaluation.md}. Not part
 * of the ordinary build, whose tests use the first messages only. From the root:
 *
 * <pre>{@code ./mvnw -pl specoffload-engine test -Dtest=DemoEvaluation -Dsurefire.failIfNoSpecifiedTests=false}</pre>
 *
 * With {@code SPECOFFLOAD_DEMO_FLOAT=FOLDER} in the environment, a folder with the models
 * as {@code export_gguf.py --type f32} writes them, the loss by quantization is measured too.
 */
class DemoEvaluation {

    private static final int MAX_TOKENS = 300;
    private static final int CANDIDATES = 4;
    private static final int PEER_PROMPTS = 100;

    @Test
    void measureAndWrite(@TempDir Path scratch) throws Exception {
        List<DemoModels.Example> messages = DemoModels.examples(500);
        List<DemoModels.Example> dialogue = DemoModels.dialogue();
        Run extraction = run(DemoModels.target(), DemoModels.draft(), messages);
        List<DemoModels.Example> wordings = DemoModels.unknownWordings();
        Run reworded = run(DemoModels.target(), DemoModels.draft(), wordings);
        Run talk = run(DemoModels.target(), DemoModels.draft(), dialogue);
        Survival survival =
                Survival.measure(DemoModels.draft(), extraction.prompts(), extraction.answers(), CANDIDATES);

        String floats = System.getenv("SPECOFFLOAD_DEMO_FLOAT");
        Run unquantized =
                floats == null ? null : run(Path.of(floats, "specoffload-demo-target-f32.gguf"), null, messages);
        Peer peer = comparePeer(extraction, scratch);

        String report = new EvaluationReport(
                        messages, extraction, wordings, reworded, dialogue, talk, survival, unquantized, peer)
                .text();
        System.out.println(report);
        Files.writeString(DemoModels.folder().resolve("evaluation.md"), report);
        assertThat(extraction.results()).hasSameSizeAs(messages);
    }

    /**
     * Answers of one model or pair.
     *
     * @param prompts rendered and tokenized, as the engine was given them
     */
    record Run(Path target, List<GenerationResult> results, List<int[]> prompts, List<String> rendered) {
        List<int[]> answers() {
            return results.stream()
                    .map(r -> r.tokens().stream().mapToInt(t -> t).toArray())
                    .toList();
        }
    }

    /** How many texts the other engine gave equally, and on which file; null counts if it did not run. */
    record Peer(int equalOnFloats, int equalOnFile, int prompts) {}

    private static Run run(Path target, @Nullable Path draft, List<DemoModels.Example> examples) {
        EngineConfig config = EngineConfig.builder(target)
                .draftModel(draft)
                .candidates(draft == null ? 0 : CANDIDATES)
                .adaptiveCandidates(false)
                .contextLength(1024)
                .queueCapacity(examples.size())
                .build();
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config)) {
            List<Generation> running = examples.stream()
                    .map(e -> engine.submit(
                            GenerationRequest.builder(e.prompt())
                                    .maxTokens(MAX_TOKENS)
                                    .build(),
                            new GenerationListener() {}))
                    .toList();
            List<String> rendered = examples.stream()
                    .map(e -> engine.chatTemplate()
                            .render(
                                    e.prompt().messages(),
                                    e.prompt().tools(),
                                    true,
                                    e.prompt().variables()))
                    .toList();
            List<int[]> prompts = rendered.stream()
                    .map(text -> engine.tokenizer().encode(text, false, true))
                    .toList();
            return new Run(target, running.stream().map(g -> g.result().join()).toList(), prompts, rendered);
        }
    }

    /** On the file itself and on its weights as floats: llama.cpp's 8-bit kernels also round activations, ours do not. */
    private static Peer comparePeer(Run ours, Path scratch) throws Exception {
        List<String> prompts = ours.rendered().subList(0, PEER_PROMPTS);
        Path floats = FloatCopy.of(ours.target(), scratch.resolve("float.gguf"));
        List<String> onFile = LlamaCppPeer.complete(ours.target(), prompts, MAX_TOKENS, scratch);
        List<String> onFloats = LlamaCppPeer.complete(floats, prompts, MAX_TOKENS, scratch);
        List<String> mine = new ArrayList<>();
        for (int i = 0; i < PEER_PROMPTS; i++) {
            mine.add(ours.results().get(i).text());
        }
        return new Peer(equal(mine, onFloats), equal(mine, onFile), PEER_PROMPTS);
    }

    private static int equal(List<String> a, List<String> b) {
        int equal = 0;
        for (int i = 0; i < a.size(); i++) {
            equal += a.get(i).equals(b.get(i)) ? 1 : 0;
        }
        return equal;
    }
}
