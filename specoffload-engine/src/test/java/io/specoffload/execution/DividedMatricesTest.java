package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.format.GgufFile;
import io.specoffload.format.TensorIndex;
import io.specoffload.kv.KvSequence;
import io.specoffload.placement.Placement;
import io.specoffload.placement.Placement.Range;
import io.specoffload.placement.Tier;
import io.specoffload.telemetry.StreamMonitor;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.TensorRole;
import io.specoffload.testing.FamilyFiles;
import io.specoffload.testing.FamilyShape;
import io.specoffload.testing.OffloadedEngine;
import io.specoffload.testing.ReferenceModel;
import io.specoffload.testing.TestEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Matrices of which some rows stay and the others stream in pieces: computed in several products, bit for bit as in one. */
class DividedMatricesTest {

    @TempDir
    private Path folder;

    /** Widths that are no multiple of a panel; feed-forwards narrower than the model, whose product is cut further. */
    static Stream<FamilyShape> shapes() {
        return Stream.of(
                FamilyShape.dense("llama", 56, 7, 1, 8, 80).withLayers(5),
                FamilyShape.dense("llama", 72, 9, 3, 8, 17).withLayers(4),
                FamilyShape.dense("qwen2", 40, 5, 1, 8, 100).withLayers(6),
                FamilyShape.dense("gemma2", 56, 7, 7, 8, 19).withWindow(4, 7, 2).withLayers(5),
                FamilyShape.dense("phi3", 104, 13, 1, 8, 56).withLayers(5));
    }

    @ParameterizedTest
    @MethodSource("shapes")
    void oddSizesGiveTheSameBits(FamilyShape shape) throws IOException {
        Path path = FamilyFiles.write(shape, 5, folder.resolve("m.gguf"));
        compare(path, KernelChoice.VECTOR, FamilyShape.VOCABULARY);
        compare(path, KernelChoice.SCALAR, FamilyShape.VOCABULARY);
    }

    static Stream<ReferenceModel> models() {
        return ReferenceModel.all("").stream();
    }

    @ParameterizedTest
    @MethodSource("models")
    void quantizedWeightsGiveTheSameBits(ReferenceModel model) throws IOException {
        compare(model.gguf(), KernelChoice.VECTOR, model.vocabulary());
    }

    /** Compares a model in memory with one of which every matrix that may be divided is, each layer elsewhere. */
    private static void compare(Path path, KernelChoice kernels, int vocabulary) throws IOException {
        int[] prompt = new Random(3).ints(40, 0, vocabulary - 2).toArray();
        OffloadedEngine.Options options = new OffloadedEngine.Options(0, 0, 4096, 2);
        try (GgufFile file = GgufFile.open(path);
                TestEngine resident = new TestEngine(file, kernels, DType.F32);
                KvSequence same = resident.cache().newSequence();
                OffloadedEngine streamed =
                        OffloadedEngine.placed(path, kernels, options, DividedMatricesTest::divided);
                KvSequence sequence = streamed.cache().newSequence()) {
            for (int[] tokens : List.of(prompt, new int[] {7, 3}, new int[] {5})) {
                assertThat(streamed.forward(sequence, tokens)).containsExactly(resident.forward(same, tokens));
            }
            // used in the order in which they stream: a matrix that was passed over would cost a sweep each time
            StreamMonitor monitor = streamed.executor().streaming().orElseThrow();
            long sweeps = monitor.counters().sweeps();
            if (streamed.store().experts() == null) {
                assertThat(monitor.counters().usefulBytes())
                        .isBetween(
                                sweeps * monitor.bytesPerSweep(),
                                (sweeps + 1) * monitor.bytesPerSweep() + monitor.readAheadBytes());
            }
        }
    }

    private static Placement divided(TensorIndex index) {
        String head = index.entry("output.weight").isPresent() ? "output.weight" : "token_embd.weight";
        Map<String, List<Range>> ranges = new HashMap<>();
        int divided = 0;
        for (TensorIndex.Entry entry : index.entries()) {
            String name = entry.name();
            TensorRole role = TensorRole.of(name);
            int rank = entry.shape().rank();
            long rows = rank == 1 ? 1 : entry.shape().extent(rank - 1);
            boolean streams = rank > 1 && role != TensorRole.NORM && role != TensorRole.ROUTER;
            boolean matrix = role == TensorRole.ATTENTION || role == TensorRole.FEED_FORWARD || name.equals(head);
            if (rank == 2 && matrix) {
                long stays = 16 * Math.floorMod(TensorRole.layerOf(name) + name.length(), 4L);
                if (stays > 0 && stays < rows) {
                    ranges.put(name, List.of(new Range(0, stays, Tier.HOST), new Range(stays, rows, Tier.DISK)));
                    divided++;
                    continue;
                }
            }
            ranges.put(name, List.of(new Range(0, rows, streams ? Tier.DISK : Tier.HOST)));
        }
        assertThat(divided).isPositive();
        return new Placement(ranges);
    }

    /** What the strategy itself divides, and what the budget then holds. */
    @Test
    void theStrategyDividesWhereABudgetEndsWithinAMatrix() throws IOException {
        ReferenceModel model = ReferenceModel.all("llama-f16").getFirst();
        int[] prompt = new Random(3).ints(20, 0, model.vocabulary()).toArray();
        float[] expected;
        try (GgufFile file = GgufFile.open(model.gguf());
                TestEngine resident = new TestEngine(file, KernelChoice.VECTOR, DType.F32);
                KvSequence sequence = resident.cache().newSequence()) {
            expected = resident.forward(sequence, prompt);
        }
        long least = OffloadedEngine.minimumBytes(model.gguf(), 0);
        long most = Files.size(model.gguf());
        Set<String> divided = new TreeSet<>();
        for (int i = 0; i < 8; i++) {
            long budget = least + (most - least) * i / 8;
            OffloadedEngine.Options options = new OffloadedEngine.Options(budget, 0, 4096, 2);
            try (OffloadedEngine streamed = new OffloadedEngine(model.gguf(), KernelChoice.VECTOR, options)) {
                Placement placement = streamed.outcome().placement();
                for (String name : placement.tensors()) {
                    if (placement.ranges(name).size() > 1) {
                        divided.add(name);
                    }
                }
                assertThat(streamed.outcome().totalBytes()).isLessThanOrEqualTo(budget);
                assertThat(streamed.logits(prompt)).as("in " + budget).containsExactly(expected);
            }
        }
        assertThat(divided).isNotEmpty();
    }
}
