package io.specoffload.calibration;

import io.specoffload.hardware.BandwidthCurve;
import io.specoffload.hardware.ComputeCurve;
import io.specoffload.hardware.DiskSpec;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.hardware.HostSpec;
import io.specoffload.hardware.PassCosts;
import io.specoffload.tensor.DType;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.function.IntToDoubleFunction;
import java.util.function.LongSupplier;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Measures what this machine can do, in less than ten seconds, and keeps it: the next start on the same hardware with
 * the same limits and versions reads the measurements and looks up only what is cheap and changes, such as available
 * memory. Not thread-safe: measurements of two calls at once would disturb each other.
 */
public final class Calibrator {

    private static final Logger log = LoggerFactory.getLogger(Calibrator.class);

    /** Changed whenever measurements of an older version would mislead. */
    private static final String MEASUREMENTS = "5";

    /** All of it, on a machine that has nothing else to do; a part that comes late gets less time. */
    private static final double ALL_SECONDS = 9;

    private static final double DEVICE_SECONDS = 0.6;
    private static final double DISK_SECONDS = 2.5;
    private static final double MEMORY_SECONDS = 0.6;
    private static final double COMPUTE_SECONDS = 5.5;

    /** A probe takes at most one part in so many of the memory that is left: measuring must not end the process. */
    private static final long USABLE_SHARE = 8;

    /** Where other processes leave less than this, measurements hold only until there are better ones. */
    private static final double QUIET_SHARE = 0.8;

    /** Starts that measure for want of a quiet machine or of time for the compiler; then the best of these measurements holds. */
    private static final int MOST_MEASUREMENTS = 3;

    /** What measurements count as whose code was not compiled in time. */
    private static final double UNSETTLED_SHARE = 0.7;

    /** Less than this shows nothing. */
    private static final double LEAST_SECONDS = 0.1;

    private final Host host;
    private final ComputeProbe compute;
    private final MemoryProbe memory;
    private final DiskSource disk;
    private final DeviceProbe device;
    private final ProfileCache cache;

    /**
     * Puts the probes together.
     *
     * @param cacheFolder where measurements are kept; created when needed
     */
    public Calibrator(
            Host host,
            ComputeProbe compute,
            MemoryProbe memory,
            DiskSource disk,
            DeviceProbe device,
            Path cacheFolder) {
        this.host = host;
        this.compute = compute;
        this.memory = memory;
        this.disk = disk;
        this.device = device;
        this.cache = new ProfileCache(cacheFolder);
    }

    /**
     * The host that is described.
     *
     * @param files where the system describes itself
     * @param processors processors that the JVM may use
     * @param version of the engine and the JVM
     * @param nanoTime clock
     * @param processorShare how much of so many processors other processes leave: 1 for all
     */
    public record Host(
            SystemFiles files,
            int processors,
            String version,
            LongSupplier nanoTime,
            IntToDoubleFunction processorShare) {
        HostFacts facts() {
            return HostFacts.read(files, processors, HostFacts.Fallback.ofJvm());
        }
    }

    /**
     * The measurements that are kept for this machine if it was quiet then or was measured often enough, or else new ones,
     * unless it is busier now.
     */
    public HardwareProfile profile() {
        HostFacts facts = host.facts();
        return kept(facts, kept -> kept.processorShare() >= QUIET_SHARE || kept.measurements() >= MOST_MEASUREMENTS)
                .orElseGet(() -> {
                    Measured fresh = measure(facts, fingerprint(facts));
                    return kept(facts, kept -> kept.processorShare() > fresh.trust())
                            .orElse(fresh.profile());
                });
    }

    /** The measurements that are kept for this machine, also those that were taken while it was busy. */
    public Optional<HardwareProfile> kept() {
        return kept(host.facts(), kept -> true);
    }

    private Optional<HardwareProfile> kept(HostFacts facts, Predicate<ProfileCache.Kept> which) {
        Fingerprint fingerprint = fingerprint(facts);
        return cache.find(fingerprint)
                .filter(which)
                .map(ProfileCache.Kept::profile)
                .map(kept -> {
                    log.info("The hardware profile is the one measured before ({})", cache.file(fingerprint));
                    return kept.withHost(host(
                            facts,
                            kept.host().ramReadBytesPerSecond(),
                            kept.host().gigaflops(),
                            kept.host().pass()));
                });
    }

    /** New measurements, kept in place of older ones. */
    public HardwareProfile recalibrate() {
        HostFacts facts = host.facts();
        return measure(facts, fingerprint(facts)).profile();
    }

    /** A profile, and how far it can be trusted: 1 entirely. */
    private record Measured(HardwareProfile profile, double trust) {}

    private Measured measure(HostFacts facts, Fingerprint fingerprint) {
        long start = host.nanoTime().getAsLong();
        double shareBefore = host.processorShare().applyAsDouble(facts.cpu().cores());
        DeviceProbe.Finding gpu = device.measure(atMost(DEVICE_SECONDS, start));
        DiskFinding disk = measureDisk(atMost(DISK_SECONDS, start), facts.usableBytes() / USABLE_SHARE);
        BandwidthCurve ram =
                memory.measure(facts.cpu().cores(), atMost(MEMORY_SECONDS, start), facts.usableBytes() / USABLE_SHARE);
        ComputeProbe.Measured computed =
                compute.measure(atMost(COMPUTE_SECONDS, start), facts.usableBytes() / USABLE_SHARE);
        HardwareProfile profile = new HardwareProfile(
                host(facts, ram, computed.gigaflops(), computed.pass()),
                disk.spec(),
                disk.problem(),
                gpu.device(),
                gpu.problem());
        log.info(
                "Measured the hardware in {} s: {} cores, memory {} GB/s, disk {}, {}",
                String.format(Locale.ROOT, "%.1f", secondsSince(start)),
                facts.cpu().cores(),
                gigabytes(ram.best()),
                disk.spec() == null ? disk.problem() : gigabytes(disk.spec().plannedBytesPerSecond()) + " GB/s",
                gpu.device() == null ? "no GPU: " + gpu.problem() : gpu.device().name());
        if (disk.spec() != null && disk.spec().remark() != null) {
            log.info("{}: {}", disk.spec().measuredOn(), disk.spec().remark());
        }
        ProfileCache.Kept before = cache.find(fingerprint).orElse(new ProfileCache.Kept(profile, 0, 0));
        int measurements = before.measurements() + 1;
        String next = measurements < MOST_MEASUREMENTS
                ? "The next start measures again."
                : "The best of " + measurements + " measurements holds until you ask for another one.";
        double share = Math.min(
                shareBefore, host.processorShare().applyAsDouble(facts.cpu().cores()));
        if (share < QUIET_SHARE) {
            log.warn(
                    "Other processes left only {} % of the processors while the hardware was measured: the figures are"
                            + " too low. {}",
                    Math.round(100 * share), next);
        }
        if (!computed.settled()) {
            log.warn(
                    "Kernels were still getting faster, or not measured often enough, when their time was over. {}",
                    next);
        }
        double trust = computed.settled() ? share : Math.min(share, UNSETTLED_SHARE);
        cache.put(
                fingerprint,
                trust >= before.processorShare()
                        ? new ProfileCache.Kept(profile, trust, measurements)
                        : new ProfileCache.Kept(before.profile(), before.processorShare(), measurements));
        return new Measured(profile, trust);
    }

    /** Either what was found, or why nothing was. */
    private record DiskFinding(
            @Nullable DiskSpec spec, @Nullable String problem) {}

    /** While a disk reads, processors are idle: time for the compiler, which else would take most of that for kernels. */
    private DiskFinding measureDisk(double seconds, long mostBytes) {
        FutureTask<DiskSpec> reading = new FutureTask<>(() -> disk.measure(seconds));
        Thread.ofPlatform().daemon().name("disk-measurement").start(reading);
        try {
            compute.prepare(seconds, mostBytes);
            return new DiskFinding(reading.get(), null);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failure) {
                return new DiskFinding(null, "the disk cannot be measured: " + failure.getMessage());
            }
            throw new IllegalStateException("the disk could not be measured", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new DiskFinding(null, "the disk was not measured: interrupted");
        }
    }

    private double atMost(double seconds, long start) {
        return Math.max(LEAST_SECONDS, Math.min(seconds, ALL_SECONDS - secondsSince(start)));
    }

    private double secondsSince(long start) {
        return (host.nanoTime().getAsLong() - start) / 1e9;
    }

    private HostSpec host(
            HostFacts facts, BandwidthCurve ram, Map<DType, ComputeCurve> gigaflops, @Nullable PassCosts pass) {
        ContainerLimits limits = facts.limits();
        return new HostSpec(
                facts.cpu().model(),
                facts.cpu().cores(),
                compute.vectorBits(),
                facts.cpu().pageBytes(),
                facts.memoryTotalBytes(),
                facts.memoryAvailableBytes(),
                limits.memoryLimitBytes(),
                limits.memoryUsedBytes(),
                limits.cpuQuotaCores(),
                facts.lockableBytes(),
                ram,
                gigaflops,
                pass);
    }

    private static String gigabytes(double bytes) {
        return String.format(Locale.ROOT, "%.2f", bytes / 1e9);
    }

    Fingerprint fingerprint(HostFacts facts) {
        return new Fingerprint(Map.ofEntries(
                Map.entry("measurements", MEASUREMENTS),
                Map.entry("version", host.version()),
                Map.entry("cpu", facts.cpu().model()),
                Map.entry("cores", Integer.toString(facts.cpu().cores())),
                Map.entry("cpu quota", text(facts.limits().cpuQuotaCores())),
                Map.entry("memory", Long.toString(facts.memoryTotalBytes())),
                Map.entry("memory limit", text(facts.limits().memoryLimitBytes())),
                Map.entry("lockable memory", text(facts.lockableBytes())),
                Map.entry("kernels", compute.identity()),
                Map.entry("disk", disk.identity()),
                Map.entry("device", device.identity())));
    }

    private static String text(@Nullable Number limit) {
        return limit == null ? "unlimited" : limit.toString();
    }
}
