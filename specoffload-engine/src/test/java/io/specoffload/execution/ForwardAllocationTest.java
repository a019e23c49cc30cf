package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.format.GgufFile;
import io.specoffload.format.ModelFile;
import io.specoffload.kv.KvSequence;
import io.specoffload.model.ForwardBatch;
import io.specoffload.tensor.DType;
import io.specoffload.testing.AllocationMeter;
import io.specoffload.testing.ReferenceModel;
import io.specoffload.testing.TestEngine;
import io.specoffload.testing.TinyModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A forward pass makes no garbage once it is compiled. */
class ForwardAllocationTest {

    /**
     * Bytes per matrix product that are granted: the product's own task object, which captures its arguments. Everything
     * else is free of garbage.
     */
    private static final int PER_MATMUL = 72;

    /** Bytes per pass that are granted beside: the reservation of the pass's pages. */
    private static final int PER_PASS = 64;

    private static final int PASSES = 100;

    @TempDir
    static Path folder;

    static Stream<Arguments> models() {
        Path tiny = TinyModels.write(folder.resolve("tiny.gguf"), new TinyModels.Size(2, 64, 4, 2, 11));
        Path experts = ReferenceModel.all("mixtral-q8_0").getFirst().gguf();
        return Stream.of(
                Arguments.of(tiny, DType.F16, 1, 7 * 2 + 1),
                Arguments.of(tiny, DType.Q8_0, 5, 7 * 2 + 1),
                // a router, and up to 8 experts of 3 products each
                Arguments.of(experts, DType.F16, 5, 2 * (4 + 1 + 3 * 8) + 1));
    }

    /**
     * Interpreted vector operations allocate, and the compiler takes its time: passes are run until one window of them
     * is free of garbage. A kernel that allocates by design never gets there.
     */
    @ParameterizedTest
    @MethodSource("models")
    void compiledPassesMakeNoGarbage(Path model, DType type, int rows, int matmuls) throws IOException {
        long granted = (long) PASSES * (PER_PASS + matmuls * PER_MATMUL);
        try (ModelFile file = GgufFile.open(model);
                TestEngine engine = new TestEngine(file, new CpuBackend(2, KernelChoice.VECTOR), type, 8)) {
            List<Long> windows = new ArrayList<>();
            do {
                windows.add(window(engine, rows));
            } while (windows.getLast() > granted && windows.size() < 400);
            assertThat(windows.getLast())
                    .as("bytes per window of passes: %s", windows)
                    .isLessThanOrEqualTo(granted);
        }
    }

    /** Bytes that this thread and the kernels' allocate in a number of passes over two sequences. */
    private static long window(TestEngine engine, int rows) {
        ForwardBatch batch = new ForwardBatch();
        try (KvSequence first = engine.cache().newSequence();
                KvSequence second = engine.cache().newSequence()) {
            engine.forward(first, 1, 2, 3);
            engine.forward(second, 5, 4);
            pass(engine, batch, first, second, rows);
            long others = AllocationMeter.of("specoffload-cpu");
            long own = AllocationMeter.own();
            for (int i = 0; i < PASSES; i++) {
                pass(engine, batch, first, second, rows);
            }
            own = AllocationMeter.own() - own;
            return own + AllocationMeter.of("specoffload-cpu") - others;
        }
    }

    private static void pass(TestEngine engine, ForwardBatch batch, KvSequence first, KvSequence second, int rows) {
        batch.clear();
        for (int i = 0; i < rows; i++) {
            batch.add(first, 10 + i, true);
        }
        batch.add(second, 3, true);
        engine.executor().forward(batch);
        first.truncate(3);
        second.truncate(2);
    }
}
