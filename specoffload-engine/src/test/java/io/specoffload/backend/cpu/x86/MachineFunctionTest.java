package io.specoffload.backend.cpu.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class MachineFunctionTest {

    private static final Path MAPPINGS = Path.of("/proc/self/maps");
    private static final int FUNCTIONS = 500;

    /** An engine that is closed leaves none of its code behind. */
    @Test
    void codeThatNobodyCallsAnyMoreIsGivenBack() throws IOException {
        assumeTrue(Processor.hasAvx512(), "this machine cannot run the code that is placed");
        Assembler code = new Assembler();
        code.ret();
        long before = executable();
        List<MachineFunction> functions = new ArrayList<>();
        for (int i = 0; i < FUNCTIONS; i++) {
            functions.add(MachineFunction.of(code.code()));
        }
        functions.forEach(function -> function.call(0));
        assertThat(executable() - before).isGreaterThanOrEqualTo(FUNCTIONS);
        functions.clear();

        Instant deadline = Instant.now().plus(Duration.ofSeconds(30));
        long left;
        do {
            System.gc();
            left = executable() - before;
        } while (left > FUNCTIONS / 10 && Instant.now().isBefore(deadline));
        assertThat(left).isLessThanOrEqualTo(FUNCTIONS / 10);
    }

    /** Pages of this process that may be executed, nothing of a file. */
    private static long executable() throws IOException {
        try (Stream<String> lines = Files.lines(MAPPINGS)) {
            return lines.filter(line -> line.contains(" r-xp ") && !line.contains("/"))
                    .mapToLong(line -> {
                        String[] range = line.split(" ")[0].split("-");
                        return (Long.parseLong(range[1], 16) - Long.parseLong(range[0], 16)) / 4096;
                    })
                    .sum();
        }
    }
}
