package io.specoffload.engine;

import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.calibration.BandwidthProbe;
import io.specoffload.calibration.Calibrator;
import io.specoffload.calibration.CudaProbe;
import io.specoffload.calibration.DiskSource;
import io.specoffload.calibration.MatmulProbe;
import io.specoffload.calibration.ProcessorShare;
import io.specoffload.calibration.ProfileJson;
import io.specoffload.calibration.SystemFiles;
import io.specoffload.hardware.HardwareProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The hardware profile of this machine: measured or found in the cache, then overridden by a file, then value by value.
 * Thread-safe; the first caller pays for the measuring, which takes less than ten seconds.
 */
public final class HardwareProfiler {

    /**
     * What is measured, and what is known better.
     *
     * @param cacheDirectory where measurements are kept
     * @param modelFile the file to measure the disk on; null to write a scratch file into the cache directory
     * @param threads compute threads; 0 for the machine's number of cores
     * @param kernels which kernels are measured
     * @param profileFile JSON file with a whole profile, which is taken as it is without measuring, or with some values
     *     that replace measured ones; or null
     * @param overrides nested maps of single values, with the names of the JSON; they come last
     * @param overridesSource where the overrides are from, for messages
     */
    public record Settings(
            Path cacheDirectory,
            @Nullable Path modelFile,
            int threads,
            EngineConfig.KernelChoice kernels,
            @Nullable Path profileFile,
            Map<String, ?> overrides,
            String overridesSource) {

        /** Everything measured, with every core. */
        public static Settings measured(Path cacheDirectory, @Nullable Path modelFile) {
            return new Settings(
                    cacheDirectory, modelFile, 0, EngineConfig.KernelChoice.AUTO, null, Map.of(), "overrides");
        }
    }

    /** Measures, or finds measurements. */
    @FunctionalInterface
    interface Measuring {
        HardwareProfile measure(Settings settings, boolean anew);
    }

    private final Settings settings;
    private final Measuring measuring;
    private @Nullable HardwareProfile current;

    public HardwareProfiler(Settings settings) {
        this(settings, HardwareProfiler::calibrate);
    }

    HardwareProfiler(Settings settings, Measuring measuring) {
        this.settings = settings;
        this.measuring = measuring;
    }

    /**
     * The profile, the same one until {@link #recalibrate}.
     *
     * @throws IllegalArgumentException if a value of the file or an override is unknown or impossible
     * @throws UncheckedIOException if the file cannot be read
     */
    public synchronized HardwareProfile profile() {
        HardwareProfile known = current;
        if (known == null) {
            known = overridden(false);
            current = known;
        }
        return known;
    }

    /** Measures again, overrides as before. Throws as {@link #profile}. */
    public synchronized HardwareProfile recalibrate() {
        HardwareProfile fresh = overridden(true);
        current = fresh;
        return fresh;
    }

    private HardwareProfile overridden(boolean anew) {
        Path file = settings.profileFile();
        try {
            HardwareProfile given = file == null ? null : ProfileJson.whole(file);
            HardwareProfile base = given == null ? measuring.measure(settings, anew) : given;
            if (file != null && given == null) {
                base = ProfileJson.override(base, file);
            }
            return ProfileJson.override(base, settings.overrides(), settings.overridesSource());
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the hardware profile " + file, e);
        }
    }

    private static HardwareProfile calibrate(Settings settings, boolean anew) {
        int processors = Runtime.getRuntime().availableProcessors();
        int threads = settings.threads() == 0 ? processors : settings.threads();
        try (CpuBackend backend =
                new CpuBackend(threads, KernelChoice.valueOf(settings.kernels().name()))) {
            Calibrator calibrator = new Calibrator(
                    new Calibrator.Host(
                            new SystemFiles(Path.of("/")),
                            processors,
                            version(),
                            System::nanoTime,
                            ProcessorShare::measure),
                    new MatmulProbe(backend, backend.vectorBits(), System::nanoTime),
                    new BandwidthProbe(System::nanoTime),
                    new DiskSource(settings.modelFile(), settings.cacheDirectory(), System::nanoTime),
                    new CudaProbe(),
                    settings.cacheDirectory());
            return anew ? calibrator.recalibrate() : calibrator.profile();
        }
    }

    private static String version() {
        String engine = HardwareProfiler.class.getPackage().getImplementationVersion();
        return (engine == null ? "development" : engine) + ", Java " + Runtime.version();
    }

    /** A profile as JSON, as {@code profileFile} takes it. */
    public static String toJson(HardwareProfile profile) {
        return ProfileJson.write(profile);
    }

    /** A profile as nested maps with the names of the JSON, as {@code overrides} takes them. */
    public static Map<?, ?> toMap(HardwareProfile profile) {
        return ProfileJson.toMap(profile);
    }
}
