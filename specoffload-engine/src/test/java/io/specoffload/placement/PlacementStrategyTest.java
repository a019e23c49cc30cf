package io.specoffload.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.tensor.TensorRole;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Of random models: the budget holds, and more of it never streams more. */
class PlacementStrategyTest {

    private static final long MIB = 1 << 20;

    private static PlacedTensor tensor(String name, long bytes) {
        long rows = name.contains("norm") ? 1 : 64;
        return new PlacedTensor(name, TensorRole.of(name), TensorRole.layerOf(name), bytes, bytes + 8192, rows);
    }

    private static PlacementStrategy.Request model(Random random, int layers, boolean tied, boolean experts) {
        List<PlacedTensor> tensors = new ArrayList<>();
        tensors.add(tensor("token_embd.weight", (1 + random.nextInt(100)) * MIB));
        tensors.add(tensor("output_norm.weight", 8192));
        if (!tied) {
            tensors.add(tensor("output.weight", (1 + random.nextInt(100)) * MIB));
        }
        long[] sizes = random.longs(4, MIB, 40 * MIB).toArray();
        for (int layer = 0; layer < layers; layer++) {
            String prefix = "blk." + layer + ".";
            tensors.add(tensor(prefix + "attn_norm.weight", 8192));
            tensors.add(tensor(prefix + "attn_q.weight", sizes[0]));
            tensors.add(tensor(prefix + "attn_k.weight", sizes[1]));
            if (experts) {
                tensors.add(tensor(prefix + "ffn_gate_inp.weight", 100_000));
                tensors.add(tensor(prefix + "ffn_up_exps.weight", sizes[2] * 8));
            } else {
                tensors.add(tensor(prefix + "ffn_up.weight", sizes[2]));
                // mixed types make layers unequal
                tensors.add(tensor(prefix + "ffn_down.weight", layer % 3 == 0 ? sizes[3] : sizes[3] / 2));
            }
        }
        return new PlacementStrategy.Request(
                tensors, 2 + random.nextInt(4), 300_000, experts ? layers * 8 : 0, experts ? sizes[2] + 8192 : 0);
    }

    @Test
    void neverAboveTheBudgetAndMoreBudgetNeverStreamsMore() {
        Random random = new Random(4);
        for (int run = 0; run < 24; run++) {
            PlacementStrategy.Request request =
                    model(random, 1 + random.nextInt(12), random.nextBoolean(), run % 3 == 0);
            PlacementStrategy strategy = new PlacementStrategy(request);
            long least = strategy.minimumBytes();
            assertThat(strategy.place(least - 1)).isEmpty();
            long total = request.tensors().stream()
                    .mapToLong(PlacedTensor::residentBytes)
                    .sum();
            long before = Long.MAX_VALUE;
            for (long budget = least; budget < total + 100 * MIB; budget += 1 + random.nextLong(60 * MIB)) {
                PlacementStrategy.Outcome outcome = strategy.place(budget).orElseThrow();
                assertThat(outcome.totalBytes()).isLessThanOrEqualTo(budget);
                assertThat(outcome.streamedBytes()).isLessThanOrEqualTo(before);
                check(request, outcome);
                before = outcome.streamedBytes();
            }
            if (request.experts() == 0) {
                assertThat(before).isZero();
            }
        }
    }

    /** What the outcome says is what the placement means. */
    private static void check(PlacementStrategy.Request request, PlacementStrategy.Outcome outcome) {
        Map<Integer, Long> streamed = new HashMap<>();
        long resident = 0;
        for (PlacedTensor tensor : request.tensors()) {
            Tier tier = outcome.placement().tier(tensor.name());
            if (tier == Tier.HOST) {
                resident += tensor.residentBytes();
            } else if (tensor.layer() >= 0 && tensor.role() != TensorRole.EXPERTS) {
                streamed.merge(tensor.layer(), tensor.stagedBytes(), Long::sum);
            }
            if (tensor.role() == TensorRole.NORM || tensor.role() == TensorRole.ROUTER) {
                assertThat(tier).as(tensor.name()).isEqualTo(Tier.HOST);
            }
        }
        assertThat(outcome.residentBytes()).isEqualTo(resident);
        streamed.values().forEach(bytes -> assertThat(bytes).isLessThanOrEqualTo(outcome.stagingBytes()));
    }

    @Test
    void layersStreamAboutEquallyMuch() {
        List<PlacedTensor> tensors = new ArrayList<>();
        tensors.add(tensor("token_embd.weight", 10 * MIB));
        tensors.add(tensor("output.weight", 10 * MIB));
        for (int layer = 0; layer < 16; layer++) {
            for (String kind : List.of("attn_q", "attn_k", "ffn_gate", "ffn_up", "ffn_down")) {
                tensors.add(tensor("blk." + layer + "." + kind + ".weight", 10 * MIB));
            }
        }
        PlacementStrategy strategy = new PlacementStrategy(new PlacementStrategy.Request(tensors, 2, 0, 0, 0));
        for (long budget = strategy.minimumBytes(); budget < 800 * MIB; budget += 10 * MIB) {
            Optional<PlacementStrategy.Outcome> outcome = strategy.place(budget);
            Map<Integer, Integer> streamed = new HashMap<>();
            for (PlacedTensor tensor : tensors) {
                if (tensor.layer() >= 0) {
                    boolean streams = outcome.orElseThrow().placement().tier(tensor.name()) == Tier.DISK;
                    streamed.merge(tensor.layer(), streams ? 1 : 0, Integer::sum);
                }
            }
            int most =
                    streamed.values().stream().mapToInt(Integer::intValue).max().orElseThrow();
            int least =
                    streamed.values().stream().mapToInt(Integer::intValue).min().orElseThrow();
            assertThat(most - least).isLessThanOrEqualTo(1);
        }
    }
}
