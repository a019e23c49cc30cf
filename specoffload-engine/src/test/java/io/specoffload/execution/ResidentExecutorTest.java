package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.backend.Backend;
import io.specoffload.backend.Buffer;
import io.specoffload.backend.Kernels;
import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.format.ModelFormatException;
import io.specoffload.kv.KvCacheFullException;
import io.specoffload.kv.KvLayout;
import io.specoffload.kv.KvSequence;
import io.specoffload.kv.PagedKvCache;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Logits;
import io.specoffload.model.ModelConfig;
import io.specoffload.model.WeightBinder;
import io.specoffload.tensor.DType;
import io.specoffload.testing.RandomModel;
import io.specoffload.testing.TestEngine;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.Arrays;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ResidentExecutorTest {

    private final RandomModel model = new RandomModel(1);

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void onlyTheWantedRowsHaveLogits() {
        try (TestEngine engine = engine()) {
            float[] all = engine.logits(1, 2, 3, 4);
            ForwardBatch batch = new ForwardBatch();
            KvSequence sequence = engine.cache().newSequence();
            assertThat(batch.add(sequence, 1, false)).isEqualTo(-1);
            assertThat(batch.add(sequence, 2, true)).isZero();
            assertThat(batch.add(sequence, 3, false)).isEqualTo(-1);
            assertThat(batch.add(sequence, 4, true)).isEqualTo(1);
            Logits logits = engine.executor().forward(batch);
            assertThat(logits.rows()).isEqualTo(2);
            assertThat(row(logits.values(), logits.offset(0))).isEqualTo(row(all, RandomModel.VOCABULARY));
            assertThat(row(logits.values(), logits.offset(1))).isEqualTo(row(all, 3 * RandomModel.VOCABULARY));
            assertThat(sequence.length()).isEqualTo(4);
        }
    }

    @Test
    void anEmptyBatchIsNothing() {
        try (TestEngine engine = engine()) {
            assertThat(engine.executor().forward(new ForwardBatch()).rows()).isZero();
        }
    }

    @Test
    void aBatchThatDoesNotFitChangesNothing() {
        try (TestEngine engine = engine()) {
            KvSequence first = engine.cache().newSequence();
            engine.forward(first, 1, 2, 3);
            KvSequence second = engine.cache().newSequence();
            ForwardBatch batch = new ForwardBatch();
            batch.add(first, 5, true);
            for (int i = 0; i < 64 * 16; i++) {
                batch.add(second, 5, false);
            }
            assertThatThrownBy(() -> engine.executor().forward(batch)).isInstanceOf(KvCacheFullException.class);
            assertThat(first.length()).isEqualTo(3);
            assertThat(second.length()).isZero();
            assertThat(engine.cache().pagesInUse()).isEqualTo(1);
        }
    }

    @Test
    void aKernelThatFailsAnywhereChangesNothing() {
        AtomicInteger callsLeft = new AtomicInteger(Integer.MAX_VALUE);
        try (TestEngine engine = new TestEngine(model, new FailingBackend(callsLeft), DType.F32, 8)) {
            KvSequence sequence = engine.cache().newSequence();
            KvSequence other = engine.cache().newSequence();
            engine.forward(sequence, 1, 2, 3);
            float[] expected = engine.logits(1, 2, 3, 4, 5);
            ForwardBatch batch = new ForwardBatch();
            batch.add(sequence, 4, true);
            batch.add(sequence, 5, true);
            for (int i = 0; i < 70; i++) {
                batch.add(other, i % RandomModel.VOCABULARY, false);
            }
            int failures = 0;
            boolean done = false;
            while (!done) {
                callsLeft.set(failures);
                try {
                    engine.executor().forward(batch);
                    done = true;
                } catch (IllegalStateException e) {
                    failures++;
                    assertThat(e).hasMessage("injected");
                    assertThat(sequence.length()).isEqualTo(3);
                    assertThat(other.length()).isZero();
                    assertThat(engine.cache().pagesInUse()).isEqualTo(1);
                }
            }
            assertThat(failures).isGreaterThan(100);
            callsLeft.set(Integer.MAX_VALUE);
            sequence.truncate(3);
            assertThat(engine.forward(sequence, 4, 5))
                    .isEqualTo(Arrays.copyOfRange(expected, 3 * RandomModel.VOCABULARY, expected.length));
        }
    }

    @Test
    void tokensOutsideTheVocabularyAreRefused() {
        try (TestEngine engine = engine()) {
            KvSequence sequence = engine.cache().newSequence();
            for (int token : new int[] {-1, RandomModel.VOCABULARY}) {
                assertThatThrownBy(() -> engine.forward(sequence, 1, token))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("token " + token + " of row 1");
            }
            assertThat(sequence.length()).isZero();
            assertThat(engine.cache().pagesInUse()).isZero();
        }
    }

    @Test
    void aBatchOlderThanItsSequenceIsRefused() {
        try (TestEngine engine = engine()) {
            KvSequence sequence = engine.cache().newSequence();
            engine.forward(sequence, 1, 2, 3);
            ForwardBatch batch = new ForwardBatch();
            batch.add(sequence, 4, true);
            sequence.truncate(2);
            assertThatThrownBy(() -> engine.executor().forward(batch)).hasMessageContaining("has changed");
            engine.forward(sequence, 7, 8);
            assertThatThrownBy(() -> engine.executor().forward(batch)).hasMessageContaining("has changed");
            assertThat(sequence.length()).isEqualTo(4);
        }
    }

    @Test
    void aSequenceOfAnotherCacheIsRefused() {
        try (TestEngine engine = engine();
                PagedKvCache other = new PagedKvCache(new KvLayout(2, 2, 8, DType.F32), 1)) {
            ForwardBatch batch = new ForwardBatch();
            batch.add(other.newSequence(), 1, true);
            assertThatThrownBy(() -> engine.executor().forward(batch)).hasMessageContaining("another cache");
        }
    }

    @Test
    void aTensorThatTheArchitectureDoesNotKnowIsRefused() {
        model.tensor("blk.0.attn_sinks.weight", 4);
        assertThatThrownBy(this::engine)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("blk.0.attn_sinks.weight")
                .hasMessageContaining("llama");
    }

    @Test
    void aMissingTensorIsRefused() {
        model.without("blk.1.ffn_up.weight");
        assertThatThrownBy(this::engine)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("blk.1.ffn_up.weight is missing");
    }

    @Test
    void aTensorOfAnotherShapeIsRefused() {
        model.tensor("blk.1.attn_k.weight", 32, 32);
        assertThatThrownBy(this::engine)
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("blk.1.attn_k.weight: expected the shape [32, 16], found [32, 32]");
    }

    @Test
    void aTypeWithoutKernelsIsRefused() {
        Set<DType> types = Set.of(DType.F16, DType.Q8_0);
        WeightBinder binder = new WeightBinder(ModelConfig.read(model), model, types);
        assertThatThrownBy(() -> ResidentWeights.bind(binder))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("token_embd.weight: the type F32 is not supported; supported are")
                .hasMessageContaining("Q8_0");
    }

    private TestEngine engine() {
        return new TestEngine(model, KernelChoice.SCALAR, DType.F32);
    }

    private static float[] row(float[] values, int offset) {
        return Arrays.copyOfRange(values, offset, offset + RandomModel.VOCABULARY);
    }

    /** Its kernels throw once a number of calls is used up. */
    private static final class FailingBackend implements Backend {
        private final Backend inner = new CpuBackend(1, KernelChoice.SCALAR);
        private final Kernels kernels;

        FailingBackend(AtomicInteger callsLeft) {
            kernels = (Kernels) Proxy.newProxyInstance(
                    Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                        if (callsLeft.getAndDecrement() <= 0) {
                            throw new IllegalStateException("injected");
                        }
                        try {
                            return method.invoke(inner.kernels(), arguments);
                        } catch (InvocationTargetException e) {
                            throw e.getCause();
                        }
                    });
        }

        @Override
        public String description() {
            return inner.description();
        }

        @Override
        public Kernels kernels() {
            return kernels;
        }

        @Override
        public Buffer allocate(int floats) {
            return inner.allocate(floats);
        }

        @Override
        public void close() {
            inner.close();
        }
    }
}
