package io.specoffload.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The processor's name, where Linux tells it. */
final class CpuName {

    private CpuName() {}

    static String read() {
        try (var lines = Files.lines(Path.of("/proc/cpuinfo"))) {
            return lines.filter(line -> line.startsWith("model name"))
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .findFirst()
                    .orElse(System.getProperty("os.arch"));
        } catch (IOException e) {
            return System.getProperty("os.arch");
        }
    }
}
