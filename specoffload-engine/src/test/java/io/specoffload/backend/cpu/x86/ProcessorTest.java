package io.specoffload.backend.cpu.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What the processor says of itself is what Linux says of it. */
class ProcessorTest {

    private static final Path DESCRIPTION = Path.of("/proc/cpuinfo");
    private static final Path CACHES = Path.of("/sys/devices/system/cpu/cpu0/cache");

    @Test
    void itHasTheInstructionsThatLinuxLists() throws IOException {
        assumeTrue(System.getProperty("os.arch").equals("amd64") && Files.exists(DESCRIPTION), "no Linux on x86-64");
        List<String> flags = Files.readAllLines(DESCRIPTION).stream()
                .filter(line -> line.startsWith("flags"))
                .findFirst()
                .map(line -> List.of(line.split("\\s+")))
                .orElseThrow();

        assertThat(Processor.hasAvx512())
                .isEqualTo(flags.containsAll(List.of("fma", "avx512f", "avx512dq", "avx512bw", "avx512vl")));
    }

    @Test
    void itsCachesAreThoseThatLinuxLists() throws IOException {
        assumeTrue(Processor.hasAvx512(), "asked only where the code can run");
        Processor.Caches caches = Processor.caches();

        Optional<Long> first = size("1", "Data");
        Optional<Long> second = size("2", "Unified");
        assumeTrue(first.isPresent() && second.isPresent(), "Linux does not know the caches");
        assertThat(caches.first()).isEqualTo(first.orElseThrow());
        assertThat(caches.second()).isEqualTo(second.orElseThrow());
    }

    private static Optional<Long> size(String level, String type) throws IOException {
        for (int i = 0; i < 8; i++) {
            Path cache = CACHES.resolve("index" + i);
            if (Files.exists(cache.resolve("size"))
                    && read(cache, "level").equals(level)
                    && read(cache, "type").equals(type)) {
                return Optional.of(Long.parseLong(read(cache, "size").replace("K", "")) << 10);
            }
        }
        return Optional.empty();
    }

    private static String read(Path cache, String name) throws IOException {
        return Files.readString(cache.resolve(name)).strip();
    }
}
