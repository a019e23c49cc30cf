package io.specoffload.calibration;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the process's control groups allow, of version 1 or 2: the tightest limit of its own group and of all above.
 *
 * @param memoryLimitBytes null for none
 * @param memoryUsedBytes what is charged to the group of that limit, page cache that is first to go left out; null
 *     without a limit
 * @param cpuQuotaCores null for none
 */
record ContainerLimits(
        @Nullable Long memoryLimitBytes,
        @Nullable Long memoryUsedBytes,
        @Nullable Double cpuQuotaCores) {

    /** Version 1 writes the largest multiple of a page for "no limit". */
    private static final long NO_LIMIT = 1L << 60;

    private static final String MOUNT = "/sys/fs/cgroup";

    static ContainerLimits read(SystemFiles files) {
        Memory memory = Memory.NONE;
        Double quota = null;
        for (String line : files.lines("/proc/self/cgroup")) {
            // "4:memory:/path" in version 1, "0::/path" in version 2
            String[] parts = line.split(":", 3);
            if (parts.length < 3) {
                continue;
            }
            List<String> controllers = Arrays.asList(parts[1].split(","));
            if (parts[1].isEmpty()) {
                for (String group :
                        groups(files.isFile(MOUNT + "/cgroup.controllers") ? MOUNT : MOUNT + "/unified", parts[2])) {
                    memory = memory.tighter(memory2(files, group));
                    quota = tighter(quota, quota2(files, group));
                }
            }
            if (controllers.contains("memory")) {
                for (String group : groups(MOUNT + "/memory", parts[2])) {
                    memory = memory.tighter(memory1(files, group));
                }
            }
            if (controllers.contains("cpu")) {
                String mount = files.isFile(MOUNT + "/cpu/cpu.cfs_period_us") ? "/cpu" : "/" + parts[1];
                for (String group : groups(MOUNT + mount, parts[2])) {
                    quota = tighter(quota, quota1(files, group));
                }
            }
        }
        return new ContainerLimits(memory.limit, memory.used, quota);
    }

    /** A group's folder and those above it; a container may see its own group as the mount's root. */
    private static List<String> groups(String mount, String path) {
        List<String> groups = new ArrayList<>();
        String below = path.contains("..") ? "" : path;
        while (!below.isEmpty() && !below.equals("/")) {
            groups.add(mount + below);
            below = below.substring(0, Math.max(0, below.lastIndexOf('/')));
        }
        groups.add(mount);
        return groups;
    }

    private record Memory(@Nullable Long limit, @Nullable Long used) {
        static final Memory NONE = new Memory(null, null);

        Memory tighter(Memory other) {
            if (other.limit == null) {
                return this;
            }
            return limit == null || other.left() < left() ? other : this;
        }

        private long left() {
            return (limit == null ? NO_LIMIT : limit) - (used == null ? 0 : used);
        }
    }

    private static Memory memory1(SystemFiles files, String group) {
        return memory(files, group, "/memory.limit_in_bytes", "/memory.usage_in_bytes", "total_inactive_file");
    }

    private static Memory memory2(SystemFiles files, String group) {
        return memory(files, group, "/memory.max", "/memory.current", "inactive_file");
    }

    private static Memory memory(SystemFiles files, String group, String limitFile, String usedFile, String cacheKey) {
        Optional<Long> limit = number(files, group + limitFile).filter(bytes -> bytes > 0 && bytes < NO_LIMIT);
        if (limit.isEmpty()) {
            return Memory.NONE;
        }
        long used = number(files, group + usedFile).orElse(0L);
        long cache = files.value(group + "/memory.stat", cacheKey)
                .flatMap(SystemFiles::integer)
                .orElse(0L);
        return new Memory(limit.get(), Math.max(0, used - cache));
    }

    private static @Nullable Double quota1(SystemFiles files, String group) {
        return quota(number(files, group + "/cpu.cfs_quota_us"), number(files, group + "/cpu.cfs_period_us"));
    }

    /** {@code cpu.max} holds "200000 100000", or "max 100000". */
    private static @Nullable Double quota2(SystemFiles files, String group) {
        String[] words = files.text(group + "/cpu.max").orElse("").split("\\s+");
        return words.length < 2 ? null : quota(SystemFiles.integer(words[0]), SystemFiles.integer(words[1]));
    }

    private static @Nullable Double quota(Optional<Long> quota, Optional<Long> period) {
        return quota.isPresent() && period.isPresent() && quota.get() > 0 && period.get() > 0
                ? (Double) ((double) quota.get() / period.get())
                : null;
    }

    private static @Nullable Double tighter(@Nullable Double a, @Nullable Double b) {
        if (a == null || b == null) {
            return a == null ? b : a;
        }
        return Math.min(a, b);
    }

    private static Optional<Long> number(SystemFiles files, String path) {
        return files.text(path).flatMap(SystemFiles::integer);
    }
}
