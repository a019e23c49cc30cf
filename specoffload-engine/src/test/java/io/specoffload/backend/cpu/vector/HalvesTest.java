package io.specoffload.backend.cpu.vector;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.backend.cpu.Memory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.LongFunction;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

/** Both ways to widen float16 values, of which a processor uses one, against the JDK's. */
class HalvesTest {

    private static final int VALUES = 1 << 16;

    private static void isExact(LongFunction<FloatVector> widen) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment halves = arena.allocate(2L * VALUES, 64);
            for (int i = 0; i < VALUES; i++) {
                halves.setAtIndex(ValueLayout.JAVA_SHORT, i, (short) i);
            }
            float[] widened = new float[VALUES];
            for (int i = 0; i < VALUES; i += Lanes.L) {
                widen.apply(Memory.addressOf(halves) + 2L * i).intoArray(widened, i);
            }
            for (int i = 0; i < VALUES; i++) {
                float expected = Float.float16ToFloat((short) i);
                if (Float.isFinite(expected)) {
                    assertThat(Float.floatToRawIntBits(widened[i]))
                            .as("float16 %x", i)
                            .isEqualTo(Float.floatToRawIntBits(expected));
                } else {
                    assertThat(widened[i]).as("float16 %x", i).isFinite();
                }
            }
        }
    }

    @Test
    void byAProductWithSubnormalNumbers() {
        isExact(Halves::scaled);
    }

    @Test
    void byIntegersAndWithoutThem() {
        isExact(Halves::biased);
    }

    @Test
    void inTheWayOfThisProcessor() {
        isExact(Halves::load);
    }
}
