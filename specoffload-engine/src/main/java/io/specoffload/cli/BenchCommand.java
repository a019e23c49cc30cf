package io.specoffload.cli;

import io.specoffload.bench.BenchResult;
import io.specoffload.bench.BenchRun;
import io.specoffload.bench.BenchSettings;
import io.specoffload.bench.StreamedComparison;
import io.specoffload.bench.StreamedResult;
import io.specoffload.bench.StreamedSettings;
import io.specoffload.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench}: a table of speeds, beside the machine's limits and other engines. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures prefill, verify and decode of a model, or with --offload generation while its weights"
                + " stream; interleaved with peers on the same file.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchCommand extends CliCommand {

    @Option(
            names = "--target",
            required = true,
            split = ",",
            paramLabel = "M.gguf",
            description = "the model; several make one table each")
    private List<Path> targets;

    @Option(
            names = "--draft",
            paramLabel = "D.gguf",
            description = "a draft model: measures generation with speculation on and off")
    private @Nullable Path draft;

    @Option(
            names = "--prefill",
            split = ",",
            defaultValue = "128,512",
            description = "prompt lengths (default: ${DEFAULT-VALUE})")
    private List<Integer> prefill;

    @Option(
            names = "--verify",
            split = ",",
            defaultValue = "4,8",
            description = "rows of one pass (default: ${DEFAULT-VALUE})")
    private List<Integer> verify;

    @Option(
            names = "--decode",
            defaultValue = "16",
            description = "tokens decoded one by one; 0 for none (default: ${DEFAULT-VALUE})")
    private int decode;

    @Option(
            names = "--depth",
            defaultValue = "128",
            description = "tokens in the cache before verify and decode (default: ${DEFAULT-VALUE})")
    private int depth;

    @Option(
            names = "--threads",
            split = ",",
            description = "numbers of compute threads (default: 1,2; with --offload one number, default every core)")
    private @Nullable List<Integer> threads;

    @Option(
            names = "--candidates",
            defaultValue = "4",
            description = "candidates per round (default: ${DEFAULT-VALUE})")
    private int candidates;

    @Option(
            names = "--repetitions",
            defaultValue = "5",
            description = "rounds of all measurements; 10 and more for intervals (default: ${DEFAULT-VALUE})")
    private int repetitions;

    @Option(names = "--kv-type", defaultValue = "f16", description = "f32, f16 or q8_0 (default: ${DEFAULT-VALUE})")
    private DType kvType;

    @Option(names = "--context", description = "positions per sequence (default: as many as needed)")
    private @Nullable Integer context;

    @Option(
            names = "--groups",
            defaultValue = "auto",
            description = "groups of sequences in rotation where this engine generates: auto, 1 or 2"
                    + " (default: ${DEFAULT-VALUE})")
    private String groups;

    @Option(
            names = "--numerics",
            defaultValue = "exact",
            description = "exact or fast, where this engine generates (default: ${DEFAULT-VALUE})")
    private EngineOptions.Numerics numerics;

    @Mixin
    private BenchOffloadOptions offload = new BenchOffloadOptions();

    @Option(
            names = "--peer-node",
            paramLabel = "DIR",
            description = "folder where npm has installed node-llama-cpp: compares with its llama.cpp")
    private @Nullable Path nodePeer;

    @Option(
            names = "--peer",
            paramLabel = "llama.cpp",
            description = "compares prefill and decode with the older llama.cpp of the jar de.kherud:llama, where that"
                    + " is on the class path")
    private @Nullable String peer;

    @Override
    void run() throws IOException {
        if (kvType != DType.F32 && kvType != DType.F16 && kvType != DType.Q8_0) {
            throw new IllegalArgumentException("--kv-type is " + kvType + ", but must be f32, f16 or q8_0");
        }
        if (!List.of("auto", "1", "2").contains(groups)) {
            throw new IllegalArgumentException("--groups is " + groups + ", but must be auto, 1 or 2");
        }
        if (peer != null && !peer.equals("llama.cpp")) {
            throw new IllegalArgumentException("--peer is " + peer + ", but there is only llama.cpp");
        }
        if (peer != null && offload.offload()) {
            throw new IllegalArgumentException("bench --offload compares with --peer-node DIR, not with --peer");
        }
        for (Path target : targets) {
            if (!Files.isRegularFile(target)) {
                throw new NoSuchFileException(target.toString());
            }
        }
        List<Object> results = new ArrayList<>();
        Map<String, String> machine = machine();
        for (Path target : targets) {
            results.add(offload.offload() ? streamed(machine, target) : resident(machine, target));
        }
        if (json()) {
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("machine", machine);
            report.put("results", results);
            out().println(CliSupport.json(report));
        }
    }

    private Map<String, Object> resident(Map<String, String> machine, Path target) throws IOException {
        BenchSettings settings = new BenchSettings(
                target,
                draft,
                prefill,
                verify,
                decode,
                depth,
                threads == null ? List.of(1, 2) : threads,
                context,
                candidates,
                repetitions,
                kvType,
                groups,
                nodePeer,
                peer == null ? List.of() : BenchJniPeer.command());
        BenchResult result = new BenchRun(settings, this::progress).run();
        if (!json()) {
            BenchTable.print(machine, settings, result, out());
            out().println();
        }
        return BenchTable.json(settings, result);
    }

    private Map<String, Object> streamed(Map<String, String> machine, Path target) throws IOException {
        List<Integer> counts = threads == null ? List.of(Runtime.getRuntime().availableProcessors()) : threads;
        if (counts.size() != 1) {
            throw new IllegalArgumentException("bench --offload takes one number of --threads, not " + counts.size());
        }
        List<String> options = new ArrayList<>(offload.engineOptions());
        options.addAll(List.of("--groups", groups, "--numerics", numerics.name()));
        StreamedSettings settings = new StreamedSettings(
                draft,
                offload.memoryBudget(),
                offload.memoryLimit(),
                offload.readRate(),
                offload.promptLength(),
                offload.outputLength(),
                offload.batch(),
                repetitions,
                counts.getFirst(),
                context,
                candidates,
                kvType.name().toLowerCase(Locale.ROOT),
                options,
                BenchEngineCommand.engine(offload.batch()),
                nodePeer);
        StreamedResult result = new StreamedComparison(settings, this::progress).run(target);
        if (!json()) {
            BenchStreamedTable.print(machine, settings, result, out());
            out().println();
        }
        return BenchStreamedTable.json(settings, result);
    }

    private void progress(String what) {
        err().println(what);
        err().flush();
    }

    private static Map<String, String> machine() {
        Map<String, String> machine = new LinkedHashMap<>();
        machine.put("cpu", CpuName.read());
        machine.put("cores", String.valueOf(Runtime.getRuntime().availableProcessors()));
        machine.put("os", System.getProperty("os.name") + " " + System.getProperty("os.version"));
        machine.put("java", System.getProperty("java.vm.name") + " " + System.getProperty("java.vm.version"));
        machine.put("load", String.format(Locale.ROOT, "%.1f", load()));
        return machine;
    }

    /** Processes that wanted to run in the last minute: above the number of cores, speeds are not the machine's. */
    private static double load() {
        return java.lang.management.ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage();
    }
}
