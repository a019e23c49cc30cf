package io.specoffload.placement;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.tensor.TensorRole;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Of random models: the budget holds, and more of it never streams more. */
class PlacementStrategyTest {

    private static final long MIB = 1 << 20;
    private static final long STEP = 16;

    private static PlacedTensor tensor(String name, long bytes) {
        long rows = name.contains("norm") ? 1 : 1024;
        boolean divided = !name.contains("norm") && !name.contains("exps") && !name.contains("inp");
        PlacedTensor.Split split = divided ? new PlacedTensor.Split(STEP, bytes / rows, 64, 8192) : null;
        return new PlacedTensor(name, TensorRole.of(name), TensorRole.layerOf(name), bytes, bytes + 8192, rows, split);
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
                tensors,
                new Staging(2 + random.nextInt(8), (1 + random.nextInt(4)) * MIB),
                300_000,
                experts ? layers * 8 : 0,
                experts ? sizes[2] + 8192 : 0);
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
        long streamed = 0;
        long resident = 0;
        for (PlacedTensor tensor : request.tensors()) {
            long stays = staying(outcome, tensor);
            if (stays < tensor.rows() && stays > 0) {
                assertThat(tensor.split()).as(tensor.name()).isNotNull();
                assertThat(stays % STEP).isZero();
            }
            resident += tensor.residentBytes(stays);
            boolean tied = request.tensors().stream().noneMatch(other -> other.role() == TensorRole.OUTPUT_HEAD);
            if (tensor.role() != TensorRole.EXPERTS && (tied || tensor.role() != TensorRole.TOKEN_EMBEDDING)) {
                streamed += tensor.stagedBytes(stays);
            }
            if (tensor.role() == TensorRole.NORM || tensor.role() == TensorRole.ROUTER) {
                assertThat(stays).as(tensor.name()).isEqualTo(tensor.rows());
            }
        }
        assertThat(outcome.residentBytes()).isEqualTo(resident);
        assertThat(outcome.streamedBytes())
                .isEqualTo(streamed + (request.experts() - outcome.expertSlots()) * request.expertBytes());
        assertThat(outcome.stagingBytes())
                .isEqualTo(streamed == 0 ? 0 : request.staging().bytes());
    }

    /** Rows that stay; they are the first ones. */
    private static long staying(PlacementStrategy.Outcome outcome, PlacedTensor tensor) {
        Placement.Range first = outcome.placement().ranges(tensor.name()).getFirst();
        return first.tier() == Tier.HOST ? first.to() : 0;
    }

    private static PlacementStrategy.Request dense(int layers) {
        List<PlacedTensor> tensors = new ArrayList<>();
        tensors.add(tensor("token_embd.weight", 10 * MIB));
        tensors.add(tensor("output.weight", 10 * MIB));
        for (int layer = 0; layer < layers; layer++) {
            for (String kind : List.of("attn_q", "attn_k", "ffn_gate", "ffn_up", "ffn_down")) {
                tensors.add(tensor("blk." + layer + "." + kind + ".weight", 10 * MIB));
            }
        }
        return new PlacementStrategy.Request(tensors, new Staging(4, MIB), 0, 0, 0);
    }

    @Test
    void layersAndTheHeadStreamTheSameShareAndTheBudgetIsUsed() {
        PlacementStrategy.Request request = dense(16);
        PlacementStrategy strategy = new PlacementStrategy(request);
        // one step of a layer, and the rows that are not divided further
        long step = 50 * MIB / 1024 + STEP * 10 * MIB / 1024;
        for (long budget = strategy.minimumBytes() + 10 * MIB; budget < 800 * MIB; budget += 7 * MIB) {
            PlacementStrategy.Outcome outcome = strategy.place(budget).orElseThrow();
            Map<Integer, Long> streamed = new HashMap<>();
            for (PlacedTensor tensor : request.tensors()) {
                // the head counts as much as the five matrices of a layer
                if (tensor.role() != TensorRole.TOKEN_EMBEDDING) {
                    long bytes = tensor.stagedBytes(staying(outcome, tensor));
                    streamed.merge(tensor.layer(), tensor.layer() < 0 ? 5 * bytes : bytes, Long::sum);
                }
            }
            long most =
                    streamed.values().stream().mapToLong(Long::longValue).max().orElseThrow();
            long least =
                    streamed.values().stream().mapToLong(Long::longValue).min().orElseThrow();
            assertThat(most - least).isLessThanOrEqualTo(5 * step);
            assertThat(budget - outcome.totalBytes()).as("left of %s", budget).isLessThanOrEqualTo(step);
        }
    }

    @Test
    void ofALargeModelLessThanAMebibyteIsLeft() {
        // sizes of a model of 70 billion parameters at four and a half bits
        List<PlacedTensor> tensors = new ArrayList<>();
        add(tensors, "token_embd.weight", 128256, 8192);
        add(tensors, "output.weight", 128256, 8192);
        for (int layer = 0; layer < 80; layer++) {
            String prefix = "blk." + layer + ".";
            add(tensors, prefix + "attn_q.weight", 8192, 8192);
            add(tensors, prefix + "attn_k.weight", 1024, 8192);
            add(tensors, prefix + "attn_v.weight", 1024, 8192);
            add(tensors, prefix + "attn_output.weight", 8192, 8192);
            add(tensors, prefix + "ffn_gate.weight", 28672, 8192);
            add(tensors, prefix + "ffn_up.weight", 28672, 8192);
            add(tensors, prefix + "ffn_down.weight", 8192, 28672);
        }
        PlacementStrategy strategy =
                new PlacementStrategy(new PlacementStrategy.Request(tensors, new Staging(8, 4 * MIB), 1 << 20, 0, 0));
        for (long gibibytes = 3; gibibytes < 36; gibibytes += 3) {
            long budget = gibibytes << 30;
            PlacementStrategy.Outcome outcome = strategy.place(budget).orElseThrow();
            assertThat(budget - outcome.totalBytes()).isBetween(0L, MIB);
        }
    }

    private static void add(List<PlacedTensor> tensors, String name, long rows, long columns) {
        long rowBytes = columns * 9 / 16;
        PlacedTensor.Split split = new PlacedTensor.Split(STEP, rowBytes, 64, 8192);
        tensors.add(new PlacedTensor(
                name,
                TensorRole.of(name),
                TensorRole.layerOf(name),
                rows * rowBytes,
                rows * rowBytes + 8192,
                rows,
                split));
    }
}
