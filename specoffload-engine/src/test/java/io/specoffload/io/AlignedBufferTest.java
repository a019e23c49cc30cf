package io.specoffload.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AlignedBufferTest {

    /** Around the size from which huge pages are asked for, with tails that fill no huge page. */
    @ParameterizedTest
    @ValueSource(longs = {0, 1, 4097, (2 << 20) - 1, 2 << 20, (2 << 20) + 1, (5 << 20) + 4096 + 7})
    void isZeroedAlignedAndOfItsSize(long bytes) {
        try (AlignedBuffer buffer = AlignedBuffer.allocate(bytes)) {
            MemorySegment segment = buffer.segment();
            assertThat(segment.byteSize()).isEqualTo(bytes);
            assertThat(segment.address() % AlignedBuffer.ALIGNMENT).isZero();
            if (bytes > 0) {
                assertThat(segment.get(ValueLayout.JAVA_BYTE, bytes - 1)).isZero();
                segment.fill((byte) 7);
                assertThat(segment.get(ValueLayout.JAVA_BYTE, bytes - 1)).isEqualTo((byte) 7);
            }
        }
    }

    @Test
    void asksForNothingBelowAHugePage() {
        try (AlignedBuffer buffer = AlignedBuffer.allocate(HugePages.SIZE - 1)) {
            assertThat(HugePages.prefer(buffer.segment())).isFalse();
        }
    }
}
