package io.specoffload.demo;

import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.format.GgufFile;
import io.specoffload.kv.KvSequence;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Logits;
import io.specoffload.tensor.DType;
import io.specoffload.testing.TestEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * How far greedy candidates would stand along known greedy answers: the draft's first choice at every place, given what
 * stands before it, replayed in rounds.
 *
 * @param reached rounds in which at least j candidates were offered, by j from 0
 * @param passed rounds in which the first j candidates all stood, by j from 0
 */
record Survival(long[] reached, long[] passed) {

    static Survival measure(Path draft, List<int[]> prompts, List<int[]> answers, int candidates) throws IOException {
        Survival survival = new Survival(new long[candidates + 1], new long[candidates + 1]);
        try (GgufFile file = GgufFile.open(draft);
                TestEngine engine = new TestEngine(file, new CpuBackend(2, KernelChoice.AUTO), DType.F32, 64)) {
            for (int i = 0; i < prompts.size(); i++) {
                if (answers.get(i).length > 0) {
                    survival.replay(choices(engine, prompts.get(i), answers.get(i)), answers.get(i));
                }
            }
        }
        return survival;
    }

    /** The draft's first choice for each of the answer's tokens. */
    private static int[] choices(TestEngine engine, int[] prompt, int[] answer) {
        int[] choices = new int[answer.length];
        ForwardBatch batch = new ForwardBatch();
        try (KvSequence sequence = engine.cache().newSequence()) {
            for (int start = 0; start < prompt.length + answer.length - 1; start += 64) {
                batch.clear();
                int end = Math.min(start + 64, prompt.length + answer.length - 1);
                for (int i = start; i < end; i++) {
                    batch.add(
                            sequence,
                            i < prompt.length ? prompt[i] : answer[i - prompt.length],
                            i >= prompt.length - 1);
                }
                Logits logits = engine.executor().forward(batch);
                int row = 0;
                for (int i = Math.max(start, prompt.length - 1); i < end; i++) {
                    choices[i + 1 - prompt.length] = best(logits, row++);
                }
            }
        }
        return choices;
    }

    private static int best(Logits logits, int row) {
        int best = 0;
        for (int token = 1; token < logits.vocabulary(); token++) {
            if (logits.values()[logits.offset(row) + token] > logits.values()[logits.offset(row) + best]) {
                best = token;
            }
        }
        return best;
    }

    private void replay(int[] choices, int[] answer) {
        // the first token comes from the prompt's own pass
        int at = 1;
        while (at < answer.length) {
            int offered = Math.min(reached.length - 1, answer.length - at);
            int stood = 0;
            while (stood < offered && choices[at + stood] == answer[at + stood]) {
                stood++;
            }
            for (int j = 0; j <= offered; j++) {
                reached[j]++;
                passed[j] += j <= stood ? 1 : 0;
            }
            at += stood + 1;
        }
    }

    /** Share of rounds in which the first {@code j} candidates all stood. */
    double of(int j) {
        return reached[j] == 0 ? 0 : (double) passed[j] / reached[j];
    }
}
