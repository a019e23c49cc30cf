package io.specoffload.calibration;

import io.specoffload.backend.cuda.CudaCopy;
import io.specoffload.backend.cuda.CudaDevice;
import io.specoffload.backend.cuda.CudaDriver;
import io.specoffload.backend.cuda.CudaUnavailableException;
import io.specoffload.hardware.DeviceSpec;
import io.specoffload.hardware.LinkSpec;
import java.util.Arrays;

/** Measures the copies of the first GPU, or says why there is none to measure. */
public final class CudaProbe implements DeviceProbe {

    private static final int LEAST_RUNS = 3;
    private static final int MOST_RUNS = 20;

    /** Opens the device. */
    @FunctionalInterface
    interface Opening {
        CudaDevice open() throws CudaUnavailableException;
    }

    private final Opening opening;

    public CudaProbe() {
        this(CudaDriver::open);
    }

    CudaProbe(Opening opening) {
        this.opening = opening;
    }

    @Override
    public String identity() {
        try (CudaDevice device = opening.open()) {
            return device.name() + ", " + device.memoryBytes() + " bytes, compute capability "
                    + device.computeCapability() + ", driver " + device.driverVersion();
        } catch (CudaUnavailableException e) {
            return "none: " + e.getMessage();
        }
    }

    @Override
    public Finding measure(double seconds) {
        try (CudaDevice device = opening.open()) {
            double each = seconds / CudaCopy.values().length;
            long free = device.freeMemoryBytes();
            LinkSpec link = new LinkSpec(
                    bytesPerSecond(device, CudaCopy.PINNED_TO_DEVICE, each),
                    bytesPerSecond(device, CudaCopy.PINNED_TO_HOST, each),
                    bytesPerSecond(device, CudaCopy.PAGEABLE_TO_DEVICE, each),
                    bytesPerSecond(device, CudaCopy.PAGEABLE_TO_HOST, each));
            // each byte is read once and written once
            double memory = 2 * bytesPerSecond(device, CudaCopy.WITHIN_DEVICE, each);
            return new Finding(
                    new DeviceSpec(
                            device.name(),
                            device.memoryBytes(),
                            free,
                            device.computeCapability(),
                            device.driverVersion(),
                            memory,
                            link),
                    null);
        } catch (CudaUnavailableException e) {
            return new Finding(null, e.getMessage());
        }
    }

    /** The median of several copies, the first of them left out: it also pays for the allocation. */
    private static double bytesPerSecond(CudaDevice device, CudaCopy copy, double seconds)
            throws CudaUnavailableException {
        device.seconds(copy, CudaDevice.LARGEST_COPY);
        double[] times = new double[MOST_RUNS];
        int runs = 0;
        double spent = 0;
        while (runs < MOST_RUNS && (runs < LEAST_RUNS || spent < seconds)) {
            times[runs] = device.seconds(copy, CudaDevice.LARGEST_COPY);
            spent += times[runs++];
        }
        Arrays.sort(times, 0, runs);
        return CudaDevice.LARGEST_COPY / times[runs / 2];
    }
}
