package io.specoffload.plan;

import io.specoffload.hardware.HostSpec;
import io.specoffload.plan.Demand.Objective;
import io.specoffload.tensor.DType;
import io.specoffload.testing.Profiles;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/** A target and a draft model, dense or of experts, on a small machine. */
final class PlanFixtures {

    private PlanFixtures() {}

    static final long MB = 1_000_000;

    /** 22 layers of 44 million weights in 8 bits, a head of 66 million. */
    static final ComputeFootprint TARGET = new ComputeFootprint(
            List.of(
                    new MatrixGroup(DType.Q8_0, 968e6, 154, 1, 1, false),
                    new MatrixGroup(DType.Q8_0, 66e6, 1, 1, 1, true)),
            22,
            2048,
            2048,
            5632,
            32000,
            Map.of(DType.F16, 45056.0, DType.Q8_0, 23936.0));

    /** 16 layers of 8 experts of 18.8 million weights, of which 2 are used, and as many weights that every row uses. */
    static final ComputeFootprint MIXTURE = new ComputeFootprint(
            List.of(
                    new MatrixGroup(DType.Q8_0, 16 * 18.8e6, 64, 1, 1, false),
                    new MatrixGroup(DType.Q8_0, 16 * 8 * 18.8e6, 48, 8, 2, false),
                    new MatrixGroup(DType.Q8_0, 66e6, 1, 1, 1, true)),
            16,
            2048,
            2048,
            2 * 3072,
            32000,
            Map.of(DType.F16, 32768.0, DType.Q8_0, 17408.0));

    static final ComputeFootprint DRAFT = new ComputeFootprint(
            List.of(new MatrixGroup(DType.Q8_0, 110e6, 84, 1, 1, false)),
            12,
            768,
            768,
            3072,
            32000,
            Map.of(DType.F16, 36864.0, DType.Q8_0, 19584.0));

    static final HostSpec HOST = Profiles.host();

    /** 4096 positions: 0.36 GB per slot for both caches with float16, 0.19 with 8 bits. */
    static MemoryShape.Room room(int context) {
        return new MemoryShape.Room(
                context,
                64,
                4,
                16,
                List.of(
                        new MemoryShape.PerModel(
                                Map.of(DType.F16, 2_883_584L, DType.Q8_0, 1_531_904L), 60_000, 2048, 128_000, true),
                        new MemoryShape.PerModel(
                                Map.of(DType.F16, 2_359_296L, DType.Q8_0, 1_253_376L), 30_000, 32, 128_000, false)));
    }

    static MemoryShape memory(long budget) {
        return memory(budget, 256);
    }

    static MemoryShape memory(long budget, int context) {
        return new MemoryShape(
                budget,
                250 * MB,
                room(context),
                new MemoryShape.Weights(2 * MB, 70 * MB, 47 * MB, 22, 70 * MB, 0, 1, 1, 0));
    }

    static MemoryShape experts(long budget) {
        // 16 layers of 8 experts of 20 MB, 2 used
        return new MemoryShape(
                budget,
                250 * MB,
                room(256),
                new MemoryShape.Weights(2 * MB, 70 * MB, 20 * MB, 16, 70 * MB, 20 * MB, 8, 2, 3));
    }

    static HostPolicyModel model(MemoryShape memory, double disk) {
        return new HostPolicyModel(memory, new PassTime(TARGET, HOST, 2), new PassTime(DRAFT, HOST, 2), disk, false);
    }

    static SearchSpace space() {
        return new SearchSpace(
                List.of(1, 2, 4, 8, 16),
                List.of(1, 2),
                IntStream.rangeClosed(0, 12).boxed().toList(),
                IntStream.rangeClosed(0, 12).mapToObj(i -> 20 * MB << i / 2).toList(),
                List.of(32, 128, 512),
                List.of(DType.F16),
                Double.POSITIVE_INFINITY);
    }

    static Demand demand(int sequences, double acceptance) {
        return new Demand(64, 128, sequences, acceptance, Objective.THROUGHPUT, null, null);
    }

    static PlanReport plan(MemoryShape memory, double disk, Demand demand) {
        return new Planner(model(memory, disk)).plan(space(), demand).orElseThrow();
    }
}
