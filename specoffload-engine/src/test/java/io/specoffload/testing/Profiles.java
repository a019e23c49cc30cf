package io.specoffload.testing;

import io.specoffload.hardware.BandwidthCurve;
import io.specoffload.hardware.ComputeCurve;
import io.specoffload.hardware.DeviceSpec;
import io.specoffload.hardware.DiskSpec;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.hardware.HostSpec;
import io.specoffload.hardware.LinkSpec;
import io.specoffload.hardware.PassCosts;
import io.specoffload.tensor.DType;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Made-up machines. */
public final class Profiles {

    private Profiles() {}

    /** Bandwidth with 1 and 2 at once. */
    public static BandwidthCurve bandwidth(double one, double two) {
        return new BandwidthCurve(new TreeMap<>(Map.of(1, one, 2, two)));
    }

    /** GFLOP/s with 1 and 8 columns. */
    public static ComputeCurve compute(double one, double eight) {
        return new ComputeCurve(new TreeMap<>(Map.of(1, one, 8, eight)));
    }

    /** A layer of 20 us at least; attention over float16 only. */
    public static PassCosts pass() {
        return new PassCosts(5e-6, 2e-5, 1e-9, 5e-10, Map.of(DType.F16, new PassCosts.AttentionCost(1e-10, 8e-11)));
    }

    public static HostSpec host() {
        return host(pass());
    }

    /** With other costs of a pass, or without measured ones. */
    public static HostSpec host(@Nullable PassCosts pass) {
        return new HostSpec(
                "Test CPU",
                2,
                256,
                4096,
                32L << 30,
                16L << 30,
                8L << 30,
                1L << 30,
                1.5,
                8L << 20,
                bandwidth(1.5e10, 2e10),
                Map.of(DType.F16, compute(10, 40), DType.Q8_0, compute(17.7, 72)),
                pass);
    }

    public static DiskSpec disk() {
        return new DiskSpec(
                "model.gguf",
                true,
                512,
                1.25e-4,
                new TreeMap<>(Map.of(1 << 20, bandwidth(5e8, 8e8))),
                1.4e9,
                4L << 30,
                6e8,
                null);
    }

    /** Two cores, a disk, no GPU. */
    public static HardwareProfile withoutDevice() {
        return new HardwareProfile(host(), disk(), null, null, "there is no NVIDIA driver");
    }

    /** The same with a GPU. */
    public static HardwareProfile withDevice() {
        return new HardwareProfile(
                host(),
                disk(),
                null,
                new DeviceSpec(
                        "Test GPU", 24L << 30, 23L << 30, "8.6", "12.4", 9e11, new LinkSpec(25e9, 26e9, 6e9, 5e9)),
                null);
    }
}
