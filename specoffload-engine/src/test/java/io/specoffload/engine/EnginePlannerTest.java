package io.specoffload.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.engine.Planning.Knob;
import io.specoffload.plan.Demand;
import io.specoffload.plan.Demand.Objective;
import io.specoffload.plan.Prediction;
import io.specoffload.synthetic.ModelShape;
import io.specoffload.synthetic.SyntheticModel;
import io.specoffload.tensor.DType;
import io.specoffload.testing.Profiles;
import io.specoffload.testing.TinyModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnginePlannerTest {

    private static final Demand DEMAND = new Demand(8, 16, 2, 0.7, Objective.THROUGHPUT, null, null);

    @TempDir
    private Path folder;

    private Path target;
    private Path draft;

    @BeforeEach
    void write() {
        target = TinyModels.write(folder.resolve("target.gguf"), new TinyModels.Size(12, 256, 4, 2, 11));
        draft = TinyModels.draft(folder);
    }

    private EngineConfig.Builder config(Set<Knob> open) {
        return EngineConfig.builder(target)
                .draftModel(draft)
                .contextLength(64)
                .slots(2)
                .prefillChunk(16)
                .threads(1)
                .planning(new Planning(Profiles.withoutDevice(), DEMAND, open));
    }

    private long smallest() {
        return smallest(config(Set.of()));
    }

    private static long smallest(EngineConfig.Builder config) {
        try {
            SpecOffloadEngine.open(config.memoryBudget(1000L).build()).close();
            throw new AssertionError("1000 bytes were enough");
        } catch (MemoryBudgetException tooSmall) {
            return tooSmall.smallestBudget();
        }
    }

    @Test
    void withoutHardwareNothingIsPlanned() {
        assertThat(EnginePlanner.plan(EngineConfig.builder(target).build())).isEmpty();
    }

    @Test
    void whatIsNotOpenStaysAsItIsConfigured() {
        EnginePlan plan = EnginePlanner.plan(config(Set.of()).build()).orElseThrow();
        assertThat(plan.config()).isEqualTo(config(Set.of()).build());
        assertThat(plan.report().best().setting().slots()).isEqualTo(2);
        assertThat(plan.report().best().setting().prefillChunk()).isEqualTo(16);
    }

    @Test
    void whatIsOpenIsChosenAndTheEngineRunsWithIt() {
        EngineConfig asked =
                config(EnumSet.allOf(Knob.class)).memoryBudget(2 * smallest()).build();
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(asked)) {
            EnginePlan plan = engine.plan().orElseThrow();
            assertThat(engine.info().slots())
                    .isEqualTo(plan.report().best().setting().slots());
            assertThat(plan.memory().totalBytes()).isLessThanOrEqualTo(2 * smallest());
            GenerationRequest request = GenerationRequest.builder(new Prompt.Tokens(new int[] {5, 6, 7}))
                    .maxTokens(12)
                    .ignoreEos(true)
                    .build();
            GenerationResult planned = engine.generate(request);
            try (SpecOffloadEngine plain =
                    SpecOffloadEngine.open(EngineConfig.builder(target).build())) {
                assertThat(planned.tokens()).isEqualTo(plain.generate(request).tokens());
            }
            // a plan for the acceptance that was measured by now
            assertThat(engine.replan(Profiles.withoutDevice())
                            .orElseThrow()
                            .report()
                            .demand()
                            .acceptance())
                    .isNotEqualTo(DEMAND.acceptance());
        }
    }

    @Test
    void thePlansArithmeticAgreesWithTheRealDivisionOfMemory() {
        long least = smallest();
        for (double factor : new double[] {1.2, 1.5, 2, 2.5}) {
            EnginePlan plan = EnginePlanner.plan(config(EnumSet.of(Knob.STAGING))
                            .memoryBudget((long) (factor * least))
                            .build())
                    .orElseThrow();
            Prediction best = plan.report().best();
            long streamed = plan.memory().placement() == null
                    ? 0
                    : plan.memory().placement().streamedBytes();
            long weights = 12L * 256 * 256 * 4 * 10;
            assertThat(best.streamedBytes())
                    .as("of %d bytes, with a budget of %.1f times the least", weights, factor)
                    .isCloseTo(streamed, within(0.05 * weights));
        }
    }

    @Test
    void whatSequencesTakeIsWhatTheEngineTakes() {
        for (int slots : new int[] {1, 3, 40}) {
            for (Knob open : new Knob[] {Knob.STAGING, Knob.CANDIDATES, Knob.PREFILL_CHUNK, Knob.KV_TYPE}) {
                EnginePlan plan = EnginePlanner.plan(config(EnumSet.of(open))
                                .slots(slots)
                                .memoryBudget(1L << 30)
                                .build())
                        .orElseThrow();
                // everything fits, so that the layout tells the sum
                assertThat(plan.report().best().layout().memoryBytes())
                        .as("%d slots, %s open", slots, open)
                        // buffers for a few rows of logits are counted in full, also where there are fewer rows
                        .isBetween(plan.memory().totalBytes(), plan.memory().totalBytes() + 40_000);
            }
        }
    }

    @Test
    void anEightBitCacheIsTakenWhereNothingFitsOtherwise() {
        EngineConfig.Builder config = config(EnumSet.of(Knob.KV_TYPE_TO_FIT)).contextLength(65536);
        long most = 0;
        try {
            EnginePlanner.plan(
                    config(Set.of()).contextLength(65536).memoryBudget(1000L).build());
        } catch (MemoryBudgetException tooSmall) {
            most = tooSmall.smallestBudget();
        }
        assertThat(EnginePlanner.plan(config.memoryBudget(2 * most).build())
                        .orElseThrow()
                        .config()
                        .kvType())
                .isEqualTo(EngineConfig.KvType.F16);
        EngineConfig chosen = EnginePlanner.plan(
                        config.memoryBudget(most * 3 / 4).build())
                .orElseThrow()
                .config();
        assertThat(chosen.kvType()).isEqualTo(EngineConfig.KvType.Q8_0);
        long budget = most * 3 / 4;
        assertThatThrownBy(() -> EnginePlanner.plan(config(Set.of())
                        .contextLength(65536)
                        .memoryBudget(budget)
                        .build()))
                .isInstanceOf(MemoryBudgetException.class);
    }

    /** A lone request whose experts stream: each candidate reads more of them than it brings tokens. */
    @Test
    void aDraftModelThatPromisesNothingIsLeftOutOfMemory() throws IOException {
        Path experts = folder.resolve("experts.gguf");
        Path partner = folder.resolve("partner.gguf");
        SyntheticModel.write(new ModelShape(4, 256, 512, 4, 4, 64, 512, 8, 2, 256), DType.F16, null, 1, 1, experts);
        SyntheticModel.write(new ModelShape(4, 256, 512, 4, 4, 64, 512, 0, 0, 256), DType.F16, null, 1, 1, partner);
        Demand demand = new Demand(8, 16, 1, 0.3, Objective.THROUGHPUT, null, null);
        EngineConfig.Builder config = EngineConfig.builder(experts)
                .draftModel(partner)
                .contextLength(64)
                .slots(1)
                .prefillChunk(16)
                .threads(1)
                .readRate(100_000_000);
        Planning open = new Planning(Profiles.withoutDevice(), demand, EnumSet.of(Knob.CANDIDATES, Knob.DRAFT_MODEL));

        long least = smallest(config);
        config.memoryBudget(least + 4_000_000);

        EnginePlan plan = EnginePlanner.plan(config.planning(open).build()).orElseThrow();

        assertThat(plan.report().best().streams()).isTrue();
        assertThat(plan.loadsDraftModel()).isFalse();
        assertThat(plan.memory().items()).containsEntry("draft model", 0L);
        assertThat(plan.report().runnersUp().getFirst().reason()).startsWith("the draft model in memory");
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config.build())) {
            assertThat(engine.info().draft()).isNull();
        }
        Planning guessed = new Planning(Profiles.withoutDevice(), demand, EnumSet.of(Knob.CANDIDATES));
        EnginePlan hopeful =
                EnginePlanner.plan(config.planning(guessed).build()).orElseThrow();
        assertThat(hopeful.loadsDraftModel()).as("acceptance is a guess").isTrue();
        assertThat(hopeful.memory().items().get("draft model")).isPositive();
    }

    @Test
    void aBudgetTooSmallIsRefusedWithTheArithmetic() {
        assertThatThrownBy(() -> EnginePlanner.plan(
                        config(EnumSet.allOf(Knob.class)).memoryBudget(1000L).build()))
                .isInstanceOf(MemoryBudgetException.class)
                .hasMessageContaining("needed are at least");
    }
}
