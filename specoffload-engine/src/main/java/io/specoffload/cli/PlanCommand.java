package io.specoffload.cli;

import io.specoffload.bench.PlanCheck;
import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.EnginePlan;
import io.specoffload.engine.EnginePlanner;
import io.specoffload.engine.HardwareProfiler;
import io.specoffload.engine.PlanView;
import io.specoffload.engine.Planning;
import io.specoffload.engine.Planning.Knob;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.plan.Demand;
import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How models would run on a machine. */
@Command(
        name = "plan",
        description = "Chooses how models run on this machine or on that of a profile, and says what to expect of it.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class PlanCommand extends CliCommand {

    @Mixin
    private EngineOptions engine = new EngineOptions();

    @Option(
            names = "--profile",
            paramLabel = "P.json",
            description = "the machine, as profile --out writes it; by default this one, measured if it was not yet")
    private @Nullable Path profile;

    @Option(
            names = "--workload",
            paramLabel = "W.json",
            description = "what to plan for: {\"promptLength\": 256, \"outputLength\": 128, \"sequences\": 4,"
                    + " \"acceptance\": 0.7, \"objective\": \"throughput\", \"mostSecondsPerToken\": 0.5,"
                    + " \"mostPauseSeconds\": 0.5};"
                    + " every field may be left out")
    private @Nullable Path workload;

    @Option(names = "--slots", description = "sequences at once; by default chosen")
    private @Nullable Integer slots;

    @Option(
            names = "--measure",
            split = ",",
            paramLabel = "SLOTSxCANDIDATES",
            description = "run these settings, for example 1x0,4x2, and compare them with what is predicted")
    private List<String> measure = List.of();

    @Option(
            names = "--rounds",
            defaultValue = "24",
            description = "rounds to measure of each setting (default: ${DEFAULT-VALUE})")
    private int rounds;

    @Option(
            names = "--recalibrate",
            description =
                    "with --measure: measure the machine anew before and after each setting, so that predictions and"
                            + " measurements see the same moment")
    private boolean recalibrate;

    @Option(
            names = "--compare-choice",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "with --measure: then let the planner choose candidates for each number of slots, and measure its"
                            + " choice and the best of these settings N times in turns, also as it re-plans itself")
    private int compareChoice;

    @Override
    void run() throws IOException {
        if (measure.isEmpty() && (recalibrate || compareChoice != 0)) {
            throw new IllegalArgumentException("--recalibrate and --compare-choice need settings to --measure");
        }
        if (recalibrate && profile != null) {
            throw new IllegalArgumentException("--recalibrate measures this machine: leave --profile out");
        }
        if (compareChoice < 0) {
            throw new IllegalArgumentException("--compare-choice is " + compareChoice + ", but must be 0 or more");
        }
        DemandFile file = workload == null ? DemandFile.TYPICAL : DemandFile.read(workload);
        Demand demand = file.demand();
        Set<Knob> open = EnumSet.of(Knob.SLOTS, Knob.CANDIDATES, Knob.STAGING, Knob.PREFILL_CHUNK);
        if (file.acceptanceGiven()) {
            open.add(Knob.DRAFT_MODEL);
        }
        open.addAll(engine.kvKnobs());
        if (slots != null) {
            open.remove(Knob.SLOTS);
        }
        if (engine.candidatesGiven()) {
            open.remove(Knob.CANDIDATES);
        }
        if (engine.batchSizeGiven()) {
            open.remove(Knob.PREFILL_CHUNK);
        }
        if (!measure.isEmpty()) {
            measure(demand);
            return;
        }
        EngineConfig config = engine.toPlannedBuilder(slots == null ? 4 : slots, 0)
                .planning(new Planning(hardware(), demand, open))
                .build();
        EnginePlan plan = EnginePlanner.plan(config)
                .orElseThrow(() -> new IllegalArgumentException("no way to run keeps to mostSecondsPerToken "
                        + demand.mostSecondsPerToken() + ": allow more, or give more memory"));
        if (json()) {
            out().println(CliSupport.json(PlanView.of(plan)));
        } else {
            out().println(new PlanText(plan).text());
        }
    }

    private void measure(Demand demand) {
        List<PlanCheck.Case> cases = measure.stream().map(PlanCheck.Case::parse).toList();
        HardwareProfiler machine = profiler();
        PlanCheck check = new PlanCheck(
                engine.toBuilder(1, 1).warmUp(PlanCheck.WARM_UP).build(),
                () -> recalibrate ? machine.recalibrate() : machine.profile(),
                demand.acceptance(),
                rounds,
                what -> err().println(what));
        List<PlanCheck.Row> rows = check.run(cases);
        List<PlanCheck.Choice> choices = compareChoice == 0 ? List.of() : check.choices(rows, compareChoice);
        if (json()) {
            out().println(CliSupport.json(Map.of("settings", rows, "choices", choices)));
        } else {
            out().println(PlanCheckTable.text(rows, choices));
        }
    }

    private HardwareProfile hardware() {
        return profiler().profile();
    }

    private HardwareProfiler profiler() {
        Path cache = Path.of(System.getProperty("user.home", "."), ".cache", "specoffload");
        return new HardwareProfiler(new HardwareProfiler.Settings(
                cache,
                engine.target(),
                engine.draft(),
                0,
                EngineConfig.KernelChoice.AUTO,
                profile,
                Map.of(),
                "overrides"));
    }
}
