package io.specoffload.engine;

import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.calibration.BandwidthProbe;
import io.specoffload.calibration.Calibrator;
import io.specoffload.calibration.CompilerRest;
import io.specoffload.calibration.CudaProbe;
import io.specoffload.calibration.DiskSource;
import io.specoffload.calibration.KernelProbe;
import io.specoffload.calibration.ProcessorShare;
import io.specoffload.calibration.ProfileJson;
import io.specoffload.calibration.SystemFiles;
import io.specoffload.calibration.WorkClock;
import io.specoffload.format.ModelFormatException;
import io.specoffload.format.TensorIndex;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.tensor.TensorRole;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The hardware profile of this machine: measured or found in the cache, then overridden by a file, then value by value.
 * Thread-safe; the first caller pays for the measuring, which takes less than ten seconds.
 */
public final class HardwareProfiler {

    private static final Logger log = LoggerFactory.getLogger(HardwareProfiler.class);

    /**
     * What is measured, and what is known better.
     *
     * @param cacheDirectory where measurements are kept
     * @param modelFile the target model, on which the disk is measured; null to write a scratch file into the cache
     *     directory
     * @param draftFile the draft model, or null; kernels are measured for the types of weights in these files, or for
     *     the usual ones where there is none
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
            @Nullable Path draftFile,
            int threads,
            EngineConfig.KernelChoice kernels,
            @Nullable Path profileFile,
            Map<String, ?> overrides,
            String overridesSource) {

        /** Everything measured, with every core. */
        public static Settings measured(Path cacheDirectory, @Nullable Path modelFile) {
            return new Settings(
                    cacheDirectory, modelFile, null, 0, EngineConfig.KernelChoice.AUTO, null, Map.of(), "overrides");
        }
    }

    /** Measures, or finds measurements. */
    @FunctionalInterface
    interface Measuring {
        HardwareProfile measure(Settings settings, boolean anew);

        /** What was measured before; nothing where it would have to be measured. */
        default Optional<HardwareProfile> kept(Settings settings) {
            return Optional.empty();
        }
    }

    private final Settings settings;
    private final Measuring measuring;
    private @Nullable HardwareProfile current;

    public HardwareProfiler(Settings settings) {
        this(settings, new Calibration());
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

    /**
     * The profile, if that takes no measuring: it is known, was measured before, or is given as a whole. Throws as
     * {@link #profile}.
     */
    public synchronized Optional<HardwareProfile> known() {
        if (current == null) {
            current = overridden(() -> measuring.kept(settings)).orElse(null);
        }
        return Optional.ofNullable(current);
    }

    /** Measures again, overrides as before. Throws as {@link #profile}. */
    public synchronized HardwareProfile recalibrate() {
        HardwareProfile fresh = overridden(true);
        current = fresh;
        return fresh;
    }

    private HardwareProfile overridden(boolean anew) {
        return overridden(() -> Optional.of(measuring.measure(settings, anew))).orElseThrow();
    }

    private Optional<HardwareProfile> overridden(Supplier<Optional<HardwareProfile>> measured) {
        Path file = settings.profileFile();
        try {
            HardwareProfile given = file == null ? null : ProfileJson.whole(file);
            HardwareProfile base = given == null ? measured.get().orElse(null) : given;
            if (base == null) {
                return Optional.empty();
            }
            if (file != null && given == null) {
                base = ProfileJson.override(base, file);
            }
            return Optional.of(ProfileJson.override(base, settings.overrides(), settings.overridesSource()));
        } catch (IOException e) {
            throw new UncheckedIOException("cannot read the hardware profile " + file, e);
        }
    }

    /** Measurements of this machine. */
    private static final class Calibration implements Measuring {

        @Override
        public HardwareProfile measure(Settings settings, boolean anew) {
            return with(settings, calibrator -> anew ? calibrator.recalibrate() : calibrator.profile());
        }

        @Override
        public Optional<HardwareProfile> kept(Settings settings) {
            return with(settings, Calibrator::kept);
        }

        private static <T> T with(Settings settings, Function<Calibrator, T> use) {
            int processors = Runtime.getRuntime().availableProcessors();
            int threads = settings.threads() == 0 ? processors : settings.threads();
            try (CpuBackend backend = new CpuBackend(
                    threads, KernelChoice.valueOf(settings.kernels().name()))) {
                return use.apply(new Calibrator(
                        new Calibrator.Host(
                                new SystemFiles(Path.of("/")),
                                processors,
                                version(),
                                System::nanoTime,
                                ProcessorShare::measure),
                        new KernelProbe(
                                backend,
                                backend.vectorBits(),
                                WorkClock.ofSystem(),
                                new CompilerRest(),
                                weights(settings)),
                        new BandwidthProbe(System::nanoTime),
                        new DiskSource(settings.modelFile(), settings.cacheDirectory(), System::nanoTime),
                        new CudaProbe(),
                        settings.cacheDirectory()));
            }
        }
    }

    /** The weights that the models have, by type and width. */
    private static Collection<KernelProbe.Weights> weights(Settings settings) {
        return Stream.concat(matrices(settings.modelFile()), matrices(settings.draftFile()))
                .map(entry ->
                        new KernelProbe.Weights(entry.type(), entry.shape().columns(), entry.byteSize()))
                .toList();
    }

    /** What a model multiplies with; none where there is no such file, or no model in it. */
    private static Stream<TensorIndex.Entry> matrices(@Nullable Path path) {
        if (path == null) {
            return Stream.empty();
        }
        try {
            Collection<TensorIndex.Entry> entries = TensorIndex.read(path).entries();
            boolean tied = entries.stream().noneMatch(entry -> TensorRole.of(entry.name()) == TensorRole.OUTPUT_HEAD);
            return entries.stream()
                    .filter(entry -> entry.shape().rank() > 1)
                    .filter(entry -> tied || TensorRole.of(entry.name()) != TensorRole.TOKEN_EMBEDDING);
        } catch (IOException | ModelFormatException unreadable) {
            // whoever loads the model says so; a disk can be measured on any file
            log.debug("{} is not a model", path, unreadable);
            return Stream.empty();
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
