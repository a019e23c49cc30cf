package io.specoffload.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/**
 * Resident memory of a process as Linux counts it, in bytes; -1 where it does not tell.
 *
 * @param peak most so far (VmHWM)
 * @param now at present (VmRSS)
 */
public record ProcessMemory(long peak, long now) {

    /** The memory of a running process. */
    public static ProcessMemory of(long pid) {
        try {
            List<String> lines = Files.readAllLines(Path.of("/proc/" + pid + "/status"));
            return new ProcessMemory(field(lines, "VmHWM:"), field(lines, "VmRSS:"));
        } catch (IOException e) {
            return new ProcessMemory(-1, -1);
        }
    }

    static long field(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.replaceAll("[^0-9]", ""))
                .filter(digits -> !digits.isEmpty())
                .mapToLong(digits -> 1024 * Long.parseLong(digits))
                .findFirst()
                .orElse(-1);
    }
}
