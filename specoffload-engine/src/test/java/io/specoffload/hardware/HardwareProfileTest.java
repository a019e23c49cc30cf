package io.specoffload.hardware;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.tensor.DType;
import io.specoffload.testing.Profiles;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class HardwareProfileTest {

    private static HostSpec host(long available, @Nullable Long limit, @Nullable Long used) {
        return new HostSpec(
                "cpu",
                2,
                256,
                4096,
                64L << 30,
                available,
                limit,
                used,
                null,
                null,
                Profiles.bandwidth(1e9, 2e9),
                Map.of(DType.F32, Profiles.compute(10, 20), DType.Q8_0, Profiles.compute(20, 60)),
                null);
    }

    @Test
    void usableMemoryIsTheLessOfTheMachinesAndTheGroups() {
        assertThat(host(1000, null, null).usableMemoryBytes()).isEqualTo(1000);
        assertThat(host(1000, 800L, 100L).usableMemoryBytes()).isEqualTo(700);
        assertThat(host(1000, 8000L, 100L).usableMemoryBytes()).isEqualTo(1000);
        assertThat(host(1000, 800L, 900L).usableMemoryBytes()).isZero();
    }

    @Test
    void aTypeThatWasNotMeasuredCountsAsTheSlowest() {
        HostSpec host = host(1, null, null);

        assertThat(host.compute(DType.Q8_0).gigaflops(1)).isEqualTo(20);
        assertThat(host.compute(DType.Q2_K).gigaflops(1)).isEqualTo(10);
    }

    private static DiskSpec disk(@Nullable Double sustained) {
        var reads = new TreeMap<Integer, BandwidthCurve>();
        reads.put(1 << 18, Profiles.bandwidth(1e8, 2e8));
        reads.put(1 << 22, Profiles.bandwidth(5e8, 9e8));
        return new DiskSpec("model.gguf", true, 512, 1e-4, reads, 1e9, null, sustained, null);
    }

    @Test
    void plansCountOnTheSustainedRate() {
        assertThat(disk(4e8).plannedBytesPerSecond()).isEqualTo(4e8);
        assertThat(disk(null).plannedBytesPerSecond()).isEqualTo(0.6e9);
        assertThat(disk(2e9).plannedBytesPerSecond()).isEqualTo(1e9);
    }

    @Test
    void readsAreAsFastAsTheNearestMeasuredSize() {
        assertThat(disk(null).readBytesPerSecond(300_000, 1)).isEqualTo(1e8);
        assertThat(disk(null).readBytesPerSecond(3_000_000, 2)).isEqualTo(9e8);
        assertThat(disk(null).readBytesPerSecond(1L << 40, 1)).isEqualTo(5e8);
    }

    @Test
    void withoutADeviceThereIsAReasonOnOneLine() {
        HostSpec host = host(1, null, null);

        assertThat(new HardwareProfile(host, null, "no\n disk", null, "no\r\ndriver").deviceProblem())
                .isEqualTo("no driver");
        assertThatThrownBy(() -> new HardwareProfile(host, disk(null), null, null, null))
                .hasMessageContaining("deviceProblem");
        assertThatThrownBy(() -> new HardwareProfile(host, null, " ", null, "none"))
                .hasMessageContaining("diskProblem");
        assertThat(Profiles.withDevice().deviceProblem()).isNull();
    }

    @Test
    void aDiskThatIsKnownToReadAtARateIsPlannedWithThat() {
        DiskSpec unseen = disk(null);
        assertThat(unseen.plannedBytesPerSecond()).isEqualTo(6e8);
        assertThat(unseen.withSustained(4e8).plannedBytesPerSecond()).isEqualTo(4e8);
        assertThat(unseen.withSustained(3e9).plannedBytesPerSecond()).isEqualTo(3e9);
        HardwareProfile without = Profiles.withoutDevice();
        assertThat(without.withDisk(unseen).disk()).isSameAs(unseen);
        assertThat(without.withDisk(unseen).withDisk(without.disk())).isEqualTo(without);
    }

    @Test
    void impossibleValuesAreRefusedByName() {
        assertThatThrownBy(() -> host(-1, null, null)).hasMessageContaining("memoryAvailableBytes");
        assertThatThrownBy(() -> disk(0.0)).hasMessageContaining("sustainedBytesPerSecond");
        assertThatThrownBy(() -> new LinkSpec(1, 1, 0, 1)).hasMessageContaining("pageableToDevice");
    }
}
