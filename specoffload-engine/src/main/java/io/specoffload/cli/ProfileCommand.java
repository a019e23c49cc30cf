package io.specoffload.cli;

import io.specoffload.engine.HardwareProfiler;
import io.specoffload.hardware.HardwareProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What the machine can do. */
@Command(
        name = "profile",
        description = "Measures what this machine can do, or reads what was measured before.",
        mixinStandardHelpOptions = true)
final class ProfileCommand extends CliCommand {

    @Option(names = "--out", paramLabel = "P.json", description = "Write the profile to this file, too.")
    private @Nullable Path out;

    @Option(
            names = "--file",
            paramLabel = "F",
            description = "Measure the disk by reading this file, best a model; by default on a scratch file.")
    private @Nullable Path file;

    @Option(names = "--refresh", description = "Measure anew, even if there are measurements of this machine.")
    private boolean refresh;

    @Option(names = "--threads", paramLabel = "N", description = "Compute threads; by default one per core.")
    private int threads;

    @Option(
            names = "--cache-directory",
            paramLabel = "DIR",
            description = "Where measurements are kept; by default .cache/specoffload in the home directory.")
    private @Nullable Path cacheDirectory;

    @Override
    void run() throws IOException {
        if (file != null && !Files.isRegularFile(file)) {
            throw new IllegalArgumentException("--file: " + file + " is not a file");
        }
        if (threads < 0) {
            throw new IllegalArgumentException("--threads is " + threads + ", but must be 0 or more");
        }
        Path cache = cacheDirectory != null
                ? cacheDirectory
                : Path.of(System.getProperty("user.home", "."), ".cache", "specoffload");
        HardwareProfiler.Settings measured = HardwareProfiler.Settings.measured(cache, file);
        HardwareProfiler profiler = new HardwareProfiler(new HardwareProfiler.Settings(
                measured.cacheDirectory(),
                measured.modelFile(),
                null,
                threads,
                measured.kernels(),
                null,
                measured.overrides(),
                measured.overridesSource()));
        HardwareProfile profile = refresh ? profiler.recalibrate() : profiler.profile();
        String json = HardwareProfiler.toJson(profile);
        if (out != null) {
            Files.writeString(out, json + System.lineSeparator());
        }
        out().println(json() ? json : new ProfileTable(profile).text());
    }
}
