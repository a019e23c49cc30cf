package io.specoffload.cli;

import io.specoffload.hardware.BandwidthCurve;
import io.specoffload.hardware.DeviceSpec;
import io.specoffload.hardware.DiskSpec;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.hardware.HostSpec;
import io.specoffload.hardware.PassCosts;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A hardware profile for people to read. */
final class ProfileTable {

    private static final int NAME_WIDTH = 26;
    private static final int CELL_WIDTH = 8;

    private final List<String> lines = new ArrayList<>();

    ProfileTable(HardwareProfile profile) {
        host(profile.host());
        DiskSpec disk = profile.disk();
        if (disk == null) {
            lines.add("disk: " + profile.diskProblem());
        } else {
            disk(disk);
        }
        DeviceSpec device = profile.device();
        if (device == null) {
            lines.add("GPU: none usable: " + profile.deviceProblem());
        } else {
            device(device);
        }
    }

    String text() {
        return String.join(System.lineSeparator(), lines);
    }

    private void host(HostSpec host) {
        lines.add("processor:");
        line("model", host.cpuModel());
        line("cores usable", Integer.toString(host.cores()));
        line("CPU quota", host.cpuQuotaCores() == null ? "none" : number(host.cpuQuotaCores()) + " cores");
        line("vectors", host.vectorBits() == 0 ? "none (scalar kernels)" : host.vectorBits() + " bits");
        lines.add("memory:");
        line("total", bytes(host.memoryTotalBytes()));
        line("available", bytes(host.memoryAvailableBytes()));
        line("control group's limit", limit(host.memoryLimitBytes(), "none"));
        if (host.memoryLimitBytes() != null) {
            line("control group's use", limit(host.memoryUsedBytes(), "unknown"));
        }
        line("may be locked", limit(host.lockableBytes(), "any amount"));
        line("page", host.pageBytes() + " bytes");
        lines.add("memory reads, GB/s:");
        row("threads", host.ramReadBytesPerSecond().knots().keySet());
        row("", gigabytes(host.ramReadBytesPerSecond()));
        lines.add("matrix products, GFLOP/s:");
        TreeSet<Integer> columns = new TreeSet<>();
        host.gigaflops().values().forEach(curve -> columns.addAll(curve.knots().keySet()));
        row("columns", columns);
        host.gigaflops()
                .forEach((type, curve) -> row(
                        type.name(),
                        columns.stream()
                                .map(column -> curve.knots().containsKey(column) ? number(curve.gigaflops(column)) : "")
                                .toList()));
        PassCosts pass = host.pass();
        if (pass != null) {
            pass(pass);
        }
    }

    private void pass(PassCosts pass) {
        lines.add("passes, beside products:");
        line("start of a product", nanos(pass.productSeconds()));
        line("layer", nanos(pass.layerSeconds()));
        line("element of a row", nanos(pass.elementSeconds()));
        line("logit", nanos(pass.logitSeconds()));
        pass.attention().forEach((type, cost) -> {
            line(type + " cache, byte", nanos(cost.cachedByteSeconds()));
            line(type + " cache, score", nanos(cost.scoreSeconds()));
        });
    }

    private static String nanos(double seconds) {
        return String.format(Locale.ROOT, "%.3g ns", seconds * 1e9);
    }

    private void disk(DiskSpec disk) {
        lines.add("disk:");
        line("measured on", disk.measuredOn() + (disk.direct() ? ", direct reads" : ", through the page cache"));
        line("block", disk.blockBytes() + " bytes");
        line("latency", number(disk.latencySeconds() * 1e6) + " us");
        line("burst", number(disk.burstBytesPerSecond() / 1e9) + " GB/s");
        line("burst lasts for", limit(disk.burstBytes(), "not seen to end"));
        Double sustained = disk.sustainedBytesPerSecond();
        line("sustained", sustained == null ? "not seen" : number(sustained / 1e9) + " GB/s");
        line("planned with", number(disk.plannedBytesPerSecond() / 1e9) + " GB/s");
        if (disk.remark() != null) {
            line("remark", disk.remark());
        }
        lines.add("disk reads, GB/s:");
        TreeSet<Integer> inFlight = new TreeSet<>();
        disk.readBytesPerSecond()
                .values()
                .forEach(curve -> inFlight.addAll(curve.knots().keySet()));
        row("reads in flight", inFlight);
        disk.readBytesPerSecond().forEach((size, curve) -> row(bytes(size), gigabytes(curve)));
    }

    private void device(DeviceSpec device) {
        lines.add("GPU:");
        line("name", device.name());
        line("memory", bytes(device.memoryBytes()) + ", " + bytes(device.freeMemoryBytes()) + " free");
        line("compute capability", device.computeCapability());
        line("driver", "CUDA " + device.driverVersion());
        line("memory bandwidth", number(device.memoryBytesPerSecond() / 1e9) + " GB/s");
        line("pinned to device", number(device.link().pinnedToDeviceBytesPerSecond() / 1e9) + " GB/s");
        line("pinned to host", number(device.link().pinnedToHostBytesPerSecond() / 1e9) + " GB/s");
        line("pageable to device", number(device.link().pageableToDeviceBytesPerSecond() / 1e9) + " GB/s");
        line("pageable to host", number(device.link().pageableToHostBytesPerSecond() / 1e9) + " GB/s");
    }

    private void line(String name, String value) {
        lines.add(("  %-" + NAME_WIDTH + "s %s").formatted(name, value).stripTrailing());
    }

    private void row(String name, Collection<?> cells) {
        String values = cells.stream()
                .map(cell -> ("%" + CELL_WIDTH + "s").formatted(cell))
                .collect(Collectors.joining());
        line(name, values);
    }

    private static List<String> gigabytes(BandwidthCurve curve) {
        return curve.knots().values().stream().map(rate -> number(rate / 1e9)).toList();
    }

    private static String limit(@Nullable Long bytes, String none) {
        return bytes == null ? none : bytes(bytes);
    }

    private static String bytes(long bytes) {
        return Stream.of("GiB", "MiB", "KiB")
                .filter(unit -> bytes >= unitBytes(unit))
                .findFirst()
                .map(unit -> number((double) bytes / unitBytes(unit)) + " " + unit)
                .orElse(bytes + " bytes");
    }

    private static long unitBytes(String unit) {
        return 1L << (unit.equals("GiB") ? 30 : unit.equals("MiB") ? 20 : 10);
    }

    /** Three significant digits or a little more. */
    private static String number(double value) {
        String format = value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : "%.2f";
        return String.format(Locale.ROOT, format, value);
    }
}
