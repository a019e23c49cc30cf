package io.specoffload.backend.cpu.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.specoffload.backend.cpu.WorkerPool;
import io.specoffload.backend.cpu.x86.Assembler.Mem;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class SelfCheckTest {

    private static final WorkerPool POOL = new WorkerPool(2);

    @BeforeAll
    static void needsTheInstructions() {
        assumeTrue(Processor.hasAvx512(), "this machine cannot run the code that is checked");
    }

    @AfterAll
    static void close() {
        POOL.close();
    }

    private static SelfCheck check() {
        return new SelfCheck(POOL, new FormatFunctions(new PlainCode.F32(1, true)));
    }

    static Stream<WeightCode> codes() {
        return WeightCode.all().stream().flatMap(List::stream);
    }

    @ParameterizedTest
    @MethodSource("codes")
    void everyFormatsCodeIsRight(WeightCode code) {
        assertThat(check().isRight(new FormatFunctions(code))).isTrue();
    }

    /** The code of Q8_0, but for what is done to one vector of a step. */
    private static final class Spoiled extends WeightCode {

        private final WeightCode right = new PlainCode.Q8_0(2);
        private final int spoiled;

        Spoiled(int spoiled) {
            super(new PlainCode.Q8_0(2).layout());
            this.spoiled = spoiled;
        }

        @Override
        void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target) {
            right.decode(code, row, scratch, first, constants, vector, target);
            if (vector == spoiled) {
                code.addFloats(target, target, target);
            }
        }
    }

    @Test
    void codeThatComputesSomethingElseIsFoundOut() {
        for (int vector = 0; vector < 4; vector++) {
            assertThat(check().isRight(new FormatFunctions(new Spoiled(vector))))
                    .as("vector %d", vector)
                    .isFalse();
        }
        assertThat(check().isRight(new FormatFunctions(new Spoiled(4)))).isTrue();
    }
}
