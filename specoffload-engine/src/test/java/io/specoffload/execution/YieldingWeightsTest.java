package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.format.GgufFile;
import io.specoffload.kv.KvSequence;
import io.specoffload.kv.PagedKvCache;
import io.specoffload.model.DecoderModel;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Lease;
import io.specoffload.model.LentMatrix;
import io.specoffload.model.ModelLoader;
import io.specoffload.model.ModelWeights;
import io.specoffload.model.WeightBinder;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import io.specoffload.testing.TinyModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class YieldingWeightsTest {

    @TempDir
    private Path folder;

    /** 258 tokens of 2048 floats: a head of two megabytes. */
    private GgufFile open() throws IOException {
        return GgufFile.open(TinyModels.write(folder.resolve("m.gguf"), new TinyModels.Size(1, 2048, 4, 2, 11)));
    }

    private static float[] logits(GgufFile file, CpuBackend backend, boolean yielding) {
        DecoderModel model = ModelLoader.load(file, 32);
        ModelWeights resident = weights(file, backend, model);
        ModelWeights weights = yielding ? new YieldingWeights(resident, new ComputeGate()) : resident;
        PagedKvCache cache = new PagedKvCache(model.config().kvLayout(DType.F32), 2);
        try (ResidentExecutor executor = new ResidentExecutor(model, weights, backend, cache, 8);
                KvSequence sequence = cache.newSequence()) {
            ForwardBatch batch = new ForwardBatch();
            for (int token : new int[] {3, 1, 4}) {
                batch.add(sequence, token, true);
            }
            return Arrays.copyOf(executor.forward(batch).values(), 3 * TinyModels.VOCABULARY);
        }
    }

    private static ModelWeights weights(GgufFile file, CpuBackend backend, DecoderModel model) {
        return ResidentWeights.bind(
                new WeightBinder(model.config(), file, backend.kernels().weightTypes()));
    }

    @Test
    void matricesInPiecesGiveTheSameLogits() throws IOException {
        try (GgufFile file = open();
                CpuBackend backend = new CpuBackend(1, KernelChoice.AUTO)) {
            assertThat(logits(file, backend, true)).isEqualTo(logits(file, backend, false));
        }
    }

    @Test
    void thePiecesAreSmallAndCoverTheMatrix() throws IOException {
        try (GgufFile file = open();
                CpuBackend backend = new CpuBackend(1, KernelChoice.AUTO)) {
            ModelWeights weights =
                    new YieldingWeights(weights(file, backend, ModelLoader.load(file, 32)), new ComputeGate());
            int next = 0;
            LentMatrix query = weights.layer(0).attention().query().matrix();
            assertThat(query.pieces()).isGreaterThan(2);
            for (int piece = 0; piece < query.pieces(); piece++) {
                try (Lease<Tensor> lease = query.piece(piece)) {
                    assertThat(query.firstRow(piece)).isEqualTo(next);
                    assertThat(lease.weights().byteSize()).isLessThanOrEqualTo(YieldingWeights.PIECE_BYTES);
                    next += lease.weights().rows();
                }
            }
            assertThat(next).isEqualTo(2048).isEqualTo(query.rows());
        }
    }

    @Test
    void everyPieceWaitsForItsTurn() throws Exception {
        try (GgufFile file = open();
                CpuBackend backend = new CpuBackend(1, KernelChoice.AUTO)) {
            ComputeGate gate = new ComputeGate();
            ModelWeights weights = new YieldingWeights(weights(file, backend, ModelLoader.load(file, 32)), gate);
            Semaphore borrowed = new Semaphore(0);
            CountDownLatch begun = new CountDownLatch(1);
            gate.foregroundComputes();
            Thread background = Thread.ofPlatform().start(() -> {
                begun.countDown();
                weights.layer(0).attention().output().matrix().piece(1).close();
                borrowed.release();
            });
            begun.await();
            assertThat(borrowed.availablePermits()).isZero();
            gate.foregroundWaits();
            background.join();
            assertThat(borrowed.availablePermits()).isOne();
        }
    }
}
