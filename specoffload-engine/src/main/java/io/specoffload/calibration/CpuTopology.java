package io.specoffload.calibration;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * The processor as this process sees it.
 *
 * @param model its name
 * @param cores processors that the process may use at once
 * @param pageBytes bytes of a memory page
 */
record CpuTopology(String model, int cores, int pageBytes) {

    private static final int USUAL_PAGE = 4096;
    private static final long AT_PAGESZ = 6;

    /**
     * Reads it.
     *
     * @param available processors that affinity and the JVM leave
     * @param quotaCores limit in processors, or null
     * @param fallbackModel the name where the system gives none
     */
    static CpuTopology read(SystemFiles files, int available, @Nullable Double quotaCores, String fallbackModel) {
        int cores = quotaCores == null ? available : Math.min(available, (int) Math.ceil(quotaCores));
        String model = files.value("/proc/cpuinfo", "model name")
                .or(() -> files.value("/proc/cpuinfo", "Model"))
                .orElse(fallbackModel);
        return new CpuTopology(model, Math.max(1, cores), pageBytes(files));
    }

    /** From the auxiliary vector: pairs of native longs, type and value. */
    private static int pageBytes(SystemFiles files) {
        ByteBuffer vector = files.bytes("/proc/self/auxv")
                .map(bytes -> ByteBuffer.wrap(bytes).order(ByteOrder.nativeOrder()))
                .orElse(ByteBuffer.allocate(0));
        while (vector.remaining() >= 2 * Long.BYTES) {
            long type = vector.getLong();
            long value = vector.getLong();
            if (type == AT_PAGESZ && value > 0 && value <= 1 << 30) {
                return (int) value;
            }
        }
        return USUAL_PAGE;
    }
}
