package io.specoffload.calibration;

import java.nio.file.Path;
import java.util.OptionalLong;

/** Memory that this process may still take: what the system has available, or less where its control groups leave less. */
public final class AvailableMemory {

    private AvailableMemory() {}

    /**
     * Bytes, or nothing where the system does not say what it has.
     *
     * @param root the file system's root; another one for tests
     */
    public static OptionalLong read(Path root) {
        SystemFiles files = new SystemFiles(root);
        return files.value("/proc/meminfo", "MemAvailable").isEmpty()
                ? OptionalLong.empty()
                : OptionalLong.of(HostFacts.read(files, 1, new HostFacts.Fallback("", 0, 0))
                        .usableBytes());
    }
}
