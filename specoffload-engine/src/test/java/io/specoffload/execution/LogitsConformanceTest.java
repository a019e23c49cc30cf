package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.format.GgufFile;
import io.specoffload.format.ModelFile;
import io.specoffload.kv.KvSequence;
import io.specoffload.tensor.DType;
import io.specoffload.testing.ReferenceModel;
import io.specoffload.testing.TestEngine;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every reference model against its reference, through each kind of kernels and of cache. */
class LogitsConformanceTest {

    private static final double MIN_GAP = 0.05;
    private static final List<String> TABLE = new ArrayList<>();

    static Stream<Arguments> models() {
        return ReferenceModel.all().stream()
                .flatMap(model -> Stream.of(KernelChoice.SCALAR, KernelChoice.VECTOR)
                        .map(kernels -> Arguments.of(model, kernels)));
    }

    @AfterAll
    static void printTable() {
        System.out.printf("%-24s %-8s %-4s %-9s %s%n", "model", "kernels", "kv", "NMSE", "limit");
        TABLE.forEach(System.out::println);
    }

    @ParameterizedTest
    @MethodSource("models")
    void logitsAreWithinTheTolerance(ReferenceModel reference, KernelChoice kernels) throws IOException {
        try (ModelFile file = GgufFile.open(reference.gguf())) {
            double limit = reference.isMixture() ? 1e-5 : 1e-6;
            check(reference, kernels, DType.F32, file, limit);
            check(reference, kernels, DType.F16, file, 100 * limit);
        }
    }

    private static void check(
            ReferenceModel reference, KernelChoice kernels, DType kvType, ModelFile file, double limit) {
        try (TestEngine engine = new TestEngine(file, kernels, kvType)) {
            double nmse = reference.nmse(engine.logits(reference.tokens()));
            TABLE.add(String.format(
                    Locale.ROOT, "%-24s %-8s %-4s %.3e %.0e", reference.name(), kernels, kvType, nmse, limit));
            assertThat(nmse).as("%s %s %s", reference, kernels, kvType).isLessThanOrEqualTo(limit);
        }
    }

    /** All models through the vector kernels; through the slow scalar ones a few of each kind. */
    static Stream<Arguments> continuations() {
        Stream<Arguments> scalar = ReferenceModel.all("llama-f32", "llama-q4_k_m", "gemma2", "mixtral-q8_0").stream()
                .map(model -> Arguments.of(model, KernelChoice.SCALAR));
        Stream<Arguments> vector = ReferenceModel.all().stream().map(model -> Arguments.of(model, KernelChoice.VECTOR));
        return Stream.concat(scalar, vector);
    }

    @ParameterizedTest
    @MethodSource("continuations")
    void teacherForcedContinuationIsTheReferences(ReferenceModel reference, KernelChoice kernels) throws IOException {
        try (ModelFile file = GgufFile.open(reference.gguf())) {
            checkContinuation(reference, kernels, file);
        }
    }

    private static void checkContinuation(ReferenceModel reference, KernelChoice kernels, ModelFile file) {
        try (TestEngine engine = new TestEngine(file, kernels, DType.F32)) {
            int[] tokens = reference.teacherForced();
            float[] onePass = engine.logits(tokens);
            checkGreedy(reference, onePass);
            assertThat(inChunks(engine, tokens, 1)).as("one token at a time").isEqualTo(onePass);
            assertThat(inChunks(engine, tokens, 1, 7, 2, 13, 3, 5))
                    .as("uneven chunks")
                    .isEqualTo(onePass);
            assertThat(withWrongTokens(engine, reference, tokens))
                    .as("after truncating three wrong tokens")
                    .isEqualTo(onePass);
            assertThat(engine.cache().pagesInUse()).isZero();
        }
    }

    private static void checkGreedy(ReferenceModel reference, float[] logits) {
        int vocabulary = reference.vocabulary();
        for (int i = 0; i < reference.greedy().length; i++) {
            if (reference.gaps()[i] > MIN_GAP) {
                int row = reference.tokens().length - 1 + i;
                assertThat(argmax(logits, row * vocabulary, vocabulary))
                        .as("%s, step %d", reference, i)
                        .isEqualTo(reference.greedy()[i]);
            }
        }
    }

    private static int argmax(float[] values, int offset, int count) {
        int best = 0;
        for (int i = 1; i < count; i++) {
            if (values[offset + i] > values[offset + best]) {
                best = i;
            }
        }
        return best;
    }

    /** Feeds the tokens in chunks of the given sizes, over and over. */
    private static float[] inChunks(TestEngine engine, int[] tokens, int... sizes) {
        try (KvSequence sequence = engine.cache().newSequence()) {
            float[] all = new float[tokens.length * engine.executor().vocabulary()];
            int from = 0;
            for (int i = 0; from < tokens.length; i++) {
                int to = Math.min(tokens.length, from + sizes[i % sizes.length]);
                float[] part = engine.forward(sequence, Arrays.copyOfRange(tokens, from, to));
                System.arraycopy(part, 0, all, from * engine.executor().vocabulary(), part.length);
                from = to;
            }
            return all;
        }
    }

    private static float[] withWrongTokens(TestEngine engine, ReferenceModel reference, int[] tokens) {
        try (KvSequence sequence = engine.cache().newSequence()) {
            int half = tokens.length / 2;
            float[] first = engine.forward(sequence, Arrays.copyOf(tokens, half));
            int last = reference.vocabulary() - 1;
            engine.forward(sequence, last, 0, last - 1);
            sequence.truncate(half);
            float[] second = engine.forward(sequence, Arrays.copyOfRange(tokens, half, tokens.length));
            float[] all = Arrays.copyOf(first, first.length + second.length);
            System.arraycopy(second, 0, all, first.length, second.length);
            return all;
        }
    }
}
