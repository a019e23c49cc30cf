package io.specoffload.spring.testing;

import io.specoffload.engine.HardwareProfiler;
import io.specoffload.hardware.HardwareProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A machine that nobody has, as a file and as a profile. */
public final class MadeUpHardware {

    public static final String JSON = """
            {
              "host": {
                "cpuModel": "Made-up CPU", "cores": 64, "vectorBits": 512, "pageBytes": 4096,
                "memoryTotalBytes": 1000000000000, "memoryAvailableBytes": 900000000000,
                "ramReadBytesPerSecond": {"1": 20e9, "64": 400e9},
                "gigaflops": {"Q8_0": {"1": 40, "8": 900}}
              },
              "disk": {
                "measuredOn": "model.gguf", "direct": true, "blockBytes": 4096, "latencySeconds": 0.0001,
                "readBytesPerSecond": {"1048576": {"1": 2e9, "4": 6e9}}, "burstBytesPerSecond": 7e9
              },
              "deviceProblem": "nobody made one up"
            }
            """;

    private MadeUpHardware() {}

    public static Path write(Path folder) throws IOException {
        return Files.writeString(folder.resolve("hardware.json"), JSON);
    }

    public static HardwareProfile profile() {
        try {
            Path folder = Files.createTempDirectory("made-up-hardware");
            Path file = write(folder);
            try {
                var settings = HardwareProfiler.Settings.measured(folder, null);
                return new HardwareProfiler(new HardwareProfiler.Settings(
                                folder, null, null, 0, settings.kernels(), file, settings.overrides(), "test"))
                        .profile();
            } finally {
                Files.delete(file);
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }
}
