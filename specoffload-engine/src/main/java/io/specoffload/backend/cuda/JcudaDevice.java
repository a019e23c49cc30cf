package io.specoffload.backend.cuda;

import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR;
import static jcuda.driver.CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR;

import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdeviceptr;
import jcuda.driver.CUresult;
import jcuda.driver.JCudaDriver;
import org.jspecify.annotations.Nullable;

/** A device by JCuda's binding of the driver. Only functions that every driver since CUDA 10.2 has are called. */
final class JcudaDevice implements CudaDevice {

    private final CUdevice device;
    private final String name;
    private final String computeCapability;
    private final String driverVersion;
    private final Deque<Runnable> releases = new ArrayDeque<>();
    private @Nullable Buffers buffers;

    private JcudaDevice(CUdevice device, String name, String computeCapability, String driverVersion) {
        this.device = device;
        this.name = name;
        this.computeCapability = computeCapability;
        this.driverVersion = driverVersion;
    }

    /** Loads JCuda's native library; throws a LinkageError where it cannot. */
    static void loadBindings() {
        JCudaDriver.setExceptionsEnabled(false);
    }

    static CudaDevice open() throws CudaUnavailableException {
        check("cuInit", JCudaDriver.cuInit(0));
        int[] number = new int[1];
        check("cuDriverGetVersion", JCudaDriver.cuDriverGetVersion(number));
        String driver = number[0] / 1000 + "." + number[0] % 1000 / 10;
        check("cuDeviceGetCount", JCudaDriver.cuDeviceGetCount(number));
        if (number[0] == 0) {
            throw new CudaUnavailableException("there is an NVIDIA driver, but no device");
        }
        CUdevice device = new CUdevice();
        check("cuDeviceGet", JCudaDriver.cuDeviceGet(device, 0));
        byte[] bytes = new byte[256];
        check("cuDeviceGetName", JCudaDriver.cuDeviceGetName(bytes, bytes.length, device));
        int major = attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR);
        int minor = attribute(device, CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);
        String name = text(bytes);
        if (major * 10 + minor < CudaDriver.LEAST_COMPUTE_CAPABILITY) {
            throw new CudaUnavailableException(
                    name + " has compute capability " + major + "." + minor + ", but 7.5 is the least supported");
        }
        return new JcudaDevice(device, name, major + "." + minor, driver).attach();
    }

    private JcudaDevice attach() throws CudaUnavailableException {
        CUcontext context = new CUcontext();
        check("cuDevicePrimaryCtxRetain", JCudaDriver.cuDevicePrimaryCtxRetain(context, device));
        releases.push(() -> JCudaDriver.cuDevicePrimaryCtxRelease(device));
        try {
            check("cuCtxSetCurrent", JCudaDriver.cuCtxSetCurrent(context));
            return this;
        } catch (CudaUnavailableException failure) {
            close();
            throw failure;
        }
    }

    private static int attribute(CUdevice device, int attribute) throws CudaUnavailableException {
        int[] value = new int[1];
        check("cuDeviceGetAttribute", JCudaDriver.cuDeviceGetAttribute(value, attribute, device));
        return value[0];
    }

    private static String text(byte[] zeroTerminated) {
        int end = 0;
        while (end < zeroTerminated.length && zeroTerminated[end] != 0) {
            end++;
        }
        return new String(zeroTerminated, 0, end, StandardCharsets.UTF_8);
    }

    private static void check(String call, int result) throws CudaUnavailableException {
        if (result != CUresult.CUDA_SUCCESS) {
            throw new CudaUnavailableException(
                    "the CUDA driver's " + call + " failed with " + result + " (" + CUresult.stringFor(result) + ")");
        }
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public long memoryBytes() {
        return memory()[1];
    }

    @Override
    public long freeMemoryBytes() {
        return memory()[0];
    }

    /** Free and total bytes. */
    private static long[] memory() {
        long[] free = new long[1];
        long[] total = new long[1];
        JCudaDriver.cuMemGetInfo(free, total);
        return new long[] {free[0], total[0]};
    }

    @Override
    public String computeCapability() {
        return computeCapability;
    }

    @Override
    public String driverVersion() {
        return driverVersion;
    }

    @Override
    public double seconds(CudaCopy copy, long bytes) throws CudaUnavailableException {
        if (bytes < 1 || bytes > LARGEST_COPY) {
            throw new IllegalArgumentException("a copy of " + bytes + " bytes");
        }
        Buffers all = buffers();
        check("cuCtxSynchronize", JCudaDriver.cuCtxSynchronize());
        long start = System.nanoTime();
        check(
                copy.toString(),
                switch (copy) {
                    case PINNED_TO_DEVICE -> JCudaDriver.cuMemcpyHtoD(all.device, all.pinned, bytes);
                    case PINNED_TO_HOST -> JCudaDriver.cuMemcpyDtoH(all.pinned, all.device, bytes);
                    case PAGEABLE_TO_DEVICE -> JCudaDriver.cuMemcpyHtoD(all.device, all.pageable, bytes);
                    case PAGEABLE_TO_HOST -> JCudaDriver.cuMemcpyDtoH(all.pageable, all.device, bytes);
                    case WITHIN_DEVICE -> JCudaDriver.cuMemcpyDtoD(all.second, all.device, bytes);
                });
        check("cuCtxSynchronize", JCudaDriver.cuCtxSynchronize());
        return (System.nanoTime() - start) / 1e9;
    }

    /** What copies go between, each of the largest copy's size. */
    private record Buffers(CUdeviceptr device, CUdeviceptr second, Pointer pinned, Pointer pageable) {}

    private Buffers buffers() throws CudaUnavailableException {
        Buffers present = buffers;
        if (present == null) {
            Arena arena = Arena.ofConfined();
            releases.push(arena::close);
            Pointer pinned = new Pointer();
            check("cuMemHostAlloc", JCudaDriver.cuMemHostAlloc(pinned, LARGEST_COPY, 0));
            releases.push(() -> JCudaDriver.cuMemFreeHost(pinned));
            // untouched pages would all be the same one of zeros
            var pageable = arena.allocate(LARGEST_COPY, 4096).fill((byte) 1);
            present = new Buffers(deviceMemory(), deviceMemory(), pinned, new Address(pageable.address()));
            buffers = present;
        }
        return present;
    }

    private CUdeviceptr deviceMemory() throws CudaUnavailableException {
        CUdeviceptr memory = new CUdeviceptr();
        check("cuMemAlloc", JCudaDriver.cuMemAlloc(memory, LARGEST_COPY));
        releases.push(() -> JCudaDriver.cuMemFree(memory));
        return memory;
    }

    /** Native memory by its address. */
    private static final class Address extends Pointer {
        Address(long address) {
            super(address);
        }
    }

    @Override
    public void close() {
        while (!releases.isEmpty()) {
            releases.pop().run();
        }
    }
}
