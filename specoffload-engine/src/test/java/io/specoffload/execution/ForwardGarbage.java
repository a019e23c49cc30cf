package io.specoffload.execution;

import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.format.GgufFile;
import io.specoffload.format.ModelFile;
import io.specoffload.kv.KvSequence;
import io.specoffload.model.ForwardBatch;
import io.specoffload.tensor.DType;
import io.specoffload.testing.AllocationMeter;
import io.specoffload.testing.AllocationSites;
import io.specoffload.testing.TestEngine;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * What forward passes allocate, in a JVM of its own: what the compiler keeps in registers depends on all that ran before.
 * Arguments: model, type of the cache, rows, bytes that a pass may take. Ends with 1 where it takes more.
 */
final class ForwardGarbage {

    private static final int PASSES = 100;
    private static final int MOST_WINDOWS = 400;
    private static final int SAMPLED_WINDOWS = 20;

    private ForwardGarbage() {}

    /**
     * Interpreted vector operations allocate, and the compiler takes its time: passes are run until one window of them
     * is free of garbage. A kernel that allocates by design never gets there.
     */
    public static void main(String[] arguments) throws IOException {
        long granted = PASSES * Long.parseLong(arguments[3]);
        List<Long> windows = new ArrayList<>();
        try (ModelFile file = GgufFile.open(Path.of(arguments[0]));
                TestEngine engine =
                        new TestEngine(file, new CpuBackend(2, KernelChoice.VECTOR), DType.valueOf(arguments[1]), 8)) {
            do {
                windows.add(window(engine, Integer.parseInt(arguments[2])));
            } while (windows.getLast() > granted && windows.size() < MOST_WINDOWS);
            if (windows.getLast() > granted) {
                String sites = AllocationSites.of(() -> {
                    for (int i = 0; i < SAMPLED_WINDOWS; i++) {
                        window(engine, Integer.parseInt(arguments[2]));
                    }
                });
                throw new IllegalStateException(
                        granted + " bytes are granted per window of passes, but: " + windows + "\n" + sites);
            }
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
