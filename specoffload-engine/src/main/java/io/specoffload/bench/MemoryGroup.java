package io.specoffload.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/** A memory control group of our own, for one child process. Closing removes it, once its processes have ended. */
final class MemoryGroup implements AutoCloseable {

    private static final int REMOVALS = 100;
    private static final long PAUSE_NANOS = 20_000_000;

    private final Path folder;
    private final boolean versionOne;

    MemoryGroup(Path folder, boolean versionOne) {
        this.folder = folder;
        this.versionOne = versionOne;
    }

    /**
     * What happened in the group; -1 where the system does not tell.
     *
     * @param limitHits how many times the limit stood in the way: each time something was evicted, or killed
     * @param kills processes that were killed for want of memory
     * @param peakBytes most memory of its processes together, page cache included
     */
    record Figures(long limitHits, long kills, long peakBytes) {
        static final Figures UNKNOWN = new Figures(-1, -1, -1);
    }

    Path folder() {
        return folder;
    }

    /** 1 or 2. */
    int version() {
        return versionOne ? 1 : 2;
    }

    /** The command that runs a command within the group: a shell enters it and becomes the command. */
    List<String> enter(List<String> command) {
        List<String> entering = new ArrayList<>(List.of(
                "/bin/sh",
                "-c",
                "echo $$ > \"$0\" && exec \"$@\"",
                folder.resolve("cgroup.procs").toString()));
        entering.addAll(command);
        return entering;
    }

    Figures figures() {
        return versionOne
                ? new Figures(
                        versionOneHits(), value("memory.oom_control", "oom_kill"), number("memory.max_usage_in_bytes"))
                : new Figures(value("memory.events", "max"), value("memory.events", "oom_kill"), number("memory.peak"));
    }

    /** Where swap is limited as well, to the same size, it is that limit which is counted. */
    private long versionOneHits() {
        long memory = number("memory.failcnt");
        return memory < 0 ? -1 : memory + Math.max(0, number("memory.memsw.failcnt"));
    }

    private long number(String file) {
        return lines(file).stream().findFirst().map(MemoryGroup::parse).orElse(-1L);
    }

    private long value(String file, String key) {
        return lines(file).stream()
                .filter(line -> line.startsWith(key + " "))
                .findFirst()
                .map(line -> parse(line.substring(key.length())))
                .orElse(-1L);
    }

    private List<String> lines(String file) {
        try {
            return Files.readAllLines(folder.resolve(file));
        } catch (IOException unknown) {
            return List.of();
        }
    }

    private static long parse(String text) {
        try {
            return Long.parseLong(text.strip());
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    /**
     * Removes the group. A process that has just ended may stay in it for a moment.
     *
     * @throws IOException if it stays
     */
    @Override
    public void close() throws IOException {
        for (int i = 1; ; i++) {
            try {
                Files.delete(folder);
                return;
            } catch (NoSuchFileException gone) {
                return;
            } catch (IOException busy) {
                if (i == REMOVALS) {
                    throw new IOException(
                            "the memory group " + folder + " could not be removed (" + MemoryGroups.reason(busy)
                                    + "); remove it with: rmdir " + folder,
                            busy);
                }
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
    }
}
