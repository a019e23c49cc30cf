package io.specoffload.calibration;

import org.jspecify.annotations.Nullable;

/** How much memory the process may lock. */
final class LockProbe {

    /** The capability that lifts the limit: CAP_IPC_LOCK. */
    private static final int IPC_LOCK = 14;

    private LockProbe() {}

    /** Bytes by RLIMIT_MEMLOCK; null for any number; 0 where the system says nothing. */
    static @Nullable Long lockableBytes(SystemFiles files) {
        if (mayLockAnything(files)) {
            return null;
        }
        String soft = files.value("/proc/self/limits", "Max locked memory").orElse("0");
        if (soft.startsWith("unlimited")) {
            return null;
        }
        return SystemFiles.integer(soft).orElse(0L);
    }

    private static boolean mayLockAnything(SystemFiles files) {
        return files.value("/proc/self/status", "CapEff")
                .filter(hex -> hex.matches("[0-9a-fA-F]{1,16}"))
                .filter(hex -> (Long.parseUnsignedLong(hex, 16) >>> IPC_LOCK & 1) == 1)
                .isPresent();
    }
}
