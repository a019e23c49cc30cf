package io.specoffload.cli;

import io.specoffload.bench.BenchResult;
import io.specoffload.bench.BenchRun;
import io.specoffload.bench.BenchSettings;
import io.specoffload.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code bench}: a table of speeds, beside the machine's limits and other engines. */
@Command(
        name = "bench",
        mixinStandardHelpOptions = true,
        description = "Measures prefill, verify and decode of a model, interleaved with peers on the same file.")
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class BenchCommand extends CliCommand {

    @Option(names = "--target", required = true, paramLabel = "M.gguf", description = "the model")
    private Path target;

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
            defaultValue = "1,2",
            description = "numbers of compute threads (default: ${DEFAULT-VALUE})")
    private List<Integer> threads;

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

    @Option(names = "--kv-type", defaultValue = "f16", description = "f32 or f16 (default: ${DEFAULT-VALUE})")
    private DType kvType;

    @Option(
            names = "--peer-node",
            paramLabel = "DIR",
            description = "folder where npm has installed node-llama-cpp: compares with its llama.cpp")
    private @Nullable Path nodePeer;

    @Override
    void run() throws IOException {
        if (kvType != DType.F32 && kvType != DType.F16) {
            throw new IllegalArgumentException("--kv-type is " + kvType + ", but must be f32 or f16");
        }
        BenchSettings settings = new BenchSettings(
                target, draft, prefill, verify, decode, depth, threads, candidates, repetitions, kvType, nodePeer);
        BenchResult result = new BenchRun(settings, what -> err().println(what)).run();
        if (json()) {
            out().println(CliSupport.json(BenchTable.json(machine(), settings, result)));
        } else {
            BenchTable.print(machine(), settings, result, out());
        }
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
