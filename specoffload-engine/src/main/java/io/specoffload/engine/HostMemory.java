package io.specoffload.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How much memory the engine may take where nobody says: the least of what the system has available and of what the
 * control groups (versions 1 and 2) of the process have left, without the JVM's heap and a reserve.
 */
final class HostMemory {

    private static final long RESERVE = 256L << 20;
    private static final Pattern AVAILABLE = Pattern.compile("MemAvailable:\\s+(\\d+) kB");

    private final Path root;

    /**
     * @param root the file system's root; another one for tests
     */
    HostMemory(Path root) {
        this.root = root;
    }

    /**
     * The default budget, or nothing where the system does not say what it has.
     *
     * @param maximumHeap bytes that the JVM's heap may grow to
     */
    OptionalLong defaultBudget(long maximumHeap) {
        OptionalLong available = availableBytes();
        if (available.isEmpty()) {
            return available;
        }
        return OptionalLong.of(budgetOf(available.getAsLong(), maximumHeap));
    }

    /** The default budget where so many bytes are available. */
    static long budgetOf(long availableBytes, long maximumHeap) {
        long left = availableBytes - maximumHeap - RESERVE;
        return Math.max(0, left - left / 10);
    }

    private OptionalLong availableBytes() {
        Matcher system = AVAILABLE.matcher(read("proc/meminfo"));
        if (!system.find()) {
            return OptionalLong.empty();
        }
        long available = Long.parseLong(system.group(1)) * 1024;
        for (String line : read("proc/self/cgroup").lines().toList()) {
            String[] fields = line.split(":", 3);
            if (fields.length == 3 && fields[0].equals("0") && fields[1].isEmpty()) {
                available = Math.min(available, left("sys/fs/cgroup", fields[2], "memory.max", "memory.current"));
            } else if (fields.length == 3 && fields[1].matches("(.*,)?memory(,.*)?")) {
                available = Math.min(
                        available,
                        left("sys/fs/cgroup/memory", fields[2], "memory.limit_in_bytes", "memory.usage_in_bytes"));
            }
        }
        return OptionalLong.of(available);
    }

    /** What the group and those above it leave; inside a container the own group is often mounted as the root. */
    private long left(String mount, String group, String limit, String usage) {
        long least = Long.MAX_VALUE;
        Path base = root.resolve(mount);
        Path own = base.resolve(group.replaceFirst("^/+", "")).normalize();
        for (Path folder = own; folder != null && folder.startsWith(base); folder = folder.getParent()) {
            OptionalLong bytes = number(folder.resolve(limit));
            if (bytes.isPresent()) {
                least = Math.min(
                        least, bytes.getAsLong() - number(folder.resolve(usage)).orElse(0));
            }
        }
        return least;
    }

    /** A number in a file; nothing for {@code max}. */
    private static OptionalLong number(Path file) {
        String text = readFile(file).strip();
        return text.matches("\\d{1,18}") ? OptionalLong.of(Long.parseLong(text)) : OptionalLong.empty();
    }

    private String read(String name) {
        return readFile(root.resolve(name));
    }

    private static String readFile(Path file) {
        try {
            return Files.exists(file) ? Files.readString(file) : "";
        } catch (IOException unreadable) {
            return "";
        }
    }
}
