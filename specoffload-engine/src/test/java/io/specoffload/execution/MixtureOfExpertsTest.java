package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.backend.Backend;
import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.format.ModelFormatException;
import io.specoffload.kv.KvSequence;
import io.specoffload.kv.PagedKvCache;
import io.specoffload.model.AttentionWeights;
import io.specoffload.model.DecoderModel;
import io.specoffload.model.DenseWeights;
import io.specoffload.model.ExpertWeights;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.LayerWeights;
import io.specoffload.model.Lease;
import io.specoffload.model.Logits;
import io.specoffload.model.ModelLoader;
import io.specoffload.model.ModelWeights;
import io.specoffload.model.OuterWeights;
import io.specoffload.model.RouterWeights;
import io.specoffload.model.WeightBinder;
import io.specoffload.telemetry.RoutingStatistics;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import io.specoffload.testing.RandomModel;
import io.specoffload.testing.TestEngine;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class MixtureOfExpertsTest {

    private final RandomModel model = experts(new RandomModel(1), 6, 2);

    @AfterEach
    void close() {
        model.close();
    }

    private static RandomModel experts(RandomModel model, long count, long used) {
        model.with("llama.expert_count", count).with("llama.expert_used_count", used);
        for (int layer = 0; layer < 2; layer++) {
            String prefix = "blk." + layer + ".ffn_";
            model.without(prefix + "gate.weight")
                    .without(prefix + "up.weight")
                    .without(prefix + "down.weight")
                    .tensor(prefix + "gate_inp.weight", 32, count)
                    .tensor(prefix + "gate_exps.weight", 32, 48, count)
                    .tensor(prefix + "up_exps.weight", 32, 48, count)
                    .tensor(prefix + "down_exps.weight", 48, 32, count);
        }
        return model;
    }

    /** One expert of one is a dense feed-forward: the softmax over one score is 1. */
    @Test
    void aSingleExpertIsADenseFeedForward() {
        try (RandomModel dense = new RandomModel(2);
                RandomModel single = experts(new RandomModel(2), 1, 1)) {
            for (int layer = 0; layer < 2; layer++) {
                for (String part : List.of("gate", "up", "down")) {
                    String name = "blk." + layer + ".ffn_" + part;
                    single.tensor(name + "_exps.weight")
                            .orElseThrow()
                            .data()
                            .copyFrom(
                                    dense.tensor(name + ".weight").orElseThrow().data());
                }
            }
            try (TestEngine expected = new TestEngine(dense, KernelChoice.SCALAR, DType.F32);
                    TestEngine actual = new TestEngine(single, KernelChoice.SCALAR, DType.F32)) {
                assertThat(actual.logits(1, 2, 3, 4)).containsExactly(expected.logits(1, 2, 3, 4), within(1e-5f));
            }
        }
    }

    @Test
    void eachExpertIsAskedForOncePerBatchAndEveryLeaseIsReturned() {
        try (Backend backend = new CpuBackend(1, KernelChoice.SCALAR)) {
            DecoderModel decoder = ModelLoader.load(model, 128);
            WeightBinder binder =
                    new WeightBinder(decoder.config(), model, backend.kernels().weightTypes());
            Recorder recorder = new Recorder(ResidentWeights.bind(binder));
            PagedKvCache cache = new PagedKvCache(decoder.config().kvLayout(DType.F32), 4);
            try (ResidentExecutor executor = new ResidentExecutor(decoder, recorder, backend, cache, 64);
                    KvSequence sequence = cache.newSequence()) {
                ForwardBatch batch = new ForwardBatch();
                for (int i = 0; i < 40; i++) {
                    batch.add(sequence, i, i == 39);
                }
                Logits logits = executor.forward(batch);
                assertThat(logits.rows()).isEqualTo(1);
            }
            assertThat(recorder.open).isZero();
            assertThat(recorder.leases).isEqualTo(2);
            assertThat(recorder.sets).hasSize(2);
            assertThat(recorder.sets.get(0)).isSorted().doesNotHaveDuplicates().hasSizeGreaterThan(2);
            List<Integer> announced = new ArrayList<>();
            recorder.sets.forEach(announced::addAll);
            assertThat(recorder.used).isEqualTo(announced);
        }
    }

    @Test
    void theExpertsOfEveryChunkAreCounted() {
        try (Backend backend = new CpuBackend(1, KernelChoice.SCALAR)) {
            DecoderModel decoder = ModelLoader.load(model, 128);
            WeightBinder binder =
                    new WeightBinder(decoder.config(), model, backend.kernels().weightTypes());
            Recorder recorder = new Recorder(ResidentWeights.bind(binder));
            RoutingStatistics routing = new RoutingStatistics(2, 6);
            assertThat(routing.meanDistinct()).isZero();
            PagedKvCache cache = new PagedKvCache(decoder.config().kvLayout(DType.F32), 4);
            try (ResidentExecutor executor = new ResidentExecutor(decoder, recorder, backend, cache, 16, routing);
                    KvSequence sequence = cache.newSequence()) {
                ForwardBatch batch = new ForwardBatch();
                for (int i = 0; i < 40; i++) {
                    batch.add(sequence, i, false);
                }
                executor.forward(batch);
            }
            for (int layer = 0; layer < 2; layer++) {
                assertThat(routing.passes(layer)).isEqualTo(3);
                assertThat(routing.rows(layer)).isEqualTo(40);
                // leases alternate between the layers
                int first = layer;
                assertThat(routing.distinct(layer))
                        .isEqualTo(IntStream.range(0, 3)
                                .map(chunk ->
                                        recorder.sets.get(2 * chunk + first).size())
                                .sum());
            }
            assertThat(routing.meanRows()).isEqualTo(40 / 3.0);
            assertThat(routing.meanDistinct())
                    .isEqualTo((routing.distinct(0) + routing.distinct(1)) / 6.0)
                    .isBetween(2.0, 6.0);
        }
    }

    @Test
    void expertsStoredOneByOneAreTheSame() {
        try (TestEngine stacked = new TestEngine(model, KernelChoice.SCALAR, DType.F32)) {
            float[] expected = stacked.logits(1, 2, 3, 4);
            for (int layer = 0; layer < 2; layer++) {
                for (String part : List.of("gate", "up", "down")) {
                    String name = "blk." + layer + ".ffn_" + part;
                    Tensor stack = model.tensor(name + "_exps.weight").orElseThrow();
                    for (int id = 0; id < 6; id++) {
                        Tensor expert = stack.slice(id);
                        String single = name + "." + id + ".weight";
                        model.tensor(single, expert.columns(), expert.rows())
                                .tensor(single)
                                .orElseThrow()
                                .data()
                                .copyFrom(expert.data());
                    }
                    model.without(name + "_exps.weight");
                }
            }
            try (TestEngine single = new TestEngine(model, KernelChoice.SCALAR, DType.F32)) {
                assertThat(single.logits(1, 2, 3, 4)).isEqualTo(expected);
            }
        }
    }

    @Test
    void aStackOfAnotherNumberOfExpertsIsRefused() {
        model.tensor("blk.1.ffn_up_exps.weight", 32, 48, 5);
        assertThatThrownBy(() -> new TestEngine(model, KernelChoice.SCALAR, DType.F32))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("blk.1.ffn_up_exps.weight: expected the shape [32, 48, 6], found [32, 48, 5]");
    }

    /** Passes weights through and notes what was borrowed. */
    private static final class Recorder implements ModelWeights {
        private final ModelWeights inner;
        private final List<List<Integer>> sets = new ArrayList<>();
        private final List<Integer> used = new ArrayList<>();
        private int leases;
        private int open;

        Recorder(ModelWeights inner) {
            this.inner = inner;
        }

        @Override
        public OuterWeights outer() {
            return inner.outer();
        }

        @Override
        public LayerWeights layer(int index) {
            LayerWeights layer = inner.layer(index);
            return new LayerWeights() {
                @Override
                public AttentionWeights attention() {
                    return layer.attention();
                }

                @Override
                public DenseWeights dense() {
                    return layer.dense();
                }

                @Override
                public RouterWeights router() {
                    return layer.router();
                }

                @Override
                public Lease<ExpertWeights> experts(int... ids) {
                    sets.add(Arrays.stream(ids).boxed().toList());
                    ExpertWeights experts = layer.experts(ids).weights();
                    return lease(id -> {
                        used.add(id);
                        return experts.expert(id);
                    });
                }
            };
        }

        private <T> Lease<T> lease(T weights) {
            leases++;
            open++;
            return new Lease<>() {
                @Override
                public T weights() {
                    return weights;
                }

                @Override
                public void close() {
                    open--;
                }
            };
        }
    }
}
