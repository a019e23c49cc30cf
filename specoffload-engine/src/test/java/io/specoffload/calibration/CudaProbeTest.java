package io.specoffload.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.specoffload.backend.cuda.CudaCopy;
import io.specoffload.backend.cuda.CudaDevice;
import io.specoffload.backend.cuda.CudaUnavailableException;
import io.specoffload.hardware.DeviceSpec;
import org.junit.jupiter.api.Test;

class CudaProbeTest {

    /** A device whose first copy of each kind takes long. */
    private static final class FakeDevice implements CudaDevice {

        private final java.util.Set<CudaCopy> warm = java.util.EnumSet.noneOf(CudaCopy.class);
        private boolean closed;
        private boolean broken;

        @Override
        public String name() {
            return "Test GPU";
        }

        @Override
        public long memoryBytes() {
            return 24L << 30;
        }

        @Override
        public long freeMemoryBytes() {
            return 23L << 30;
        }

        @Override
        public String computeCapability() {
            return "8.6";
        }

        @Override
        public String driverVersion() {
            return "12.4";
        }

        @Override
        public double seconds(CudaCopy copy, long bytes) throws CudaUnavailableException {
            if (broken) {
                throw new CudaUnavailableException("the CUDA driver's cuMemAlloc failed\nwith 2");
            }
            double rate = switch (copy) {
                case PINNED_TO_DEVICE -> 25e9;
                case PINNED_TO_HOST -> 26e9;
                case PAGEABLE_TO_DEVICE -> 6e9;
                case PAGEABLE_TO_HOST -> 5e9;
                case WITHIN_DEVICE -> 4e11;
            };
            return warm.add(copy) ? 10 : bytes / rate;
        }

        @Override
        public void close() {
            closed = true;
        }
    }

    @Test
    void copiesAreMeasuredBothWays() {
        FakeDevice fake = new FakeDevice();
        DeviceSpec spec = new CudaProbe(() -> fake).measure(0.5).device();

        assertThat(spec.link().pinnedToDeviceBytesPerSecond()).isCloseTo(25e9, within(1.0));
        assertThat(spec.link().pinnedToHostBytesPerSecond()).isCloseTo(26e9, within(1.0));
        assertThat(spec.link().pageableToDeviceBytesPerSecond()).isCloseTo(6e9, within(1.0));
        assertThat(spec.link().pageableToHostBytesPerSecond()).isCloseTo(5e9, within(1.0));
        assertThat(spec.memoryBytesPerSecond()).as("read and written").isCloseTo(8e11, within(100.0));
        assertThat(spec.memoryBytes()).isEqualTo(24L << 30);
        assertThat(fake.closed).isTrue();
    }

    @Test
    void aDeviceThatFailsIsNoDevice() {
        FakeDevice fake = new FakeDevice();
        fake.broken = true;
        DeviceProbe.Finding finding = new CudaProbe(() -> fake).measure(0.5);

        assertThat(finding.device()).isNull();
        assertThat(finding.problem()).isEqualTo("the CUDA driver's cuMemAlloc failed with 2");
        assertThat(fake.closed).isTrue();
    }

    @Test
    void withoutADeviceThereIsAReason() {
        CudaProbe probe = new CudaProbe(() -> {
            throw new CudaUnavailableException("no driver");
        });

        assertThat(probe.identity()).isEqualTo("none: no driver");
        assertThat(probe.measure(1)).isEqualTo(new DeviceProbe.Finding(null, "no driver"));
    }

    @Test
    void thisMachineHasADeviceOrAReason() {
        CudaProbe probe = new CudaProbe();
        DeviceProbe.Finding first = probe.measure(0.1);
        DeviceProbe.Finding second = probe.measure(0.1);

        assertThat(first.device() == null).isNotEqualTo(first.problem() == null);
        assertThat(second.problem()).as("the second time").isEqualTo(first.problem());
        assertThat(probe.identity()).doesNotContain("\n");
    }
}
