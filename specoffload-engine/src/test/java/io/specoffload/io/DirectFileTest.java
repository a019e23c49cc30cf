package io.specoffload.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DirectFileTest {

    private static final int SIZE = 300_001;

    @TempDir
    private Path folder;

    private Path path;
    private final byte[] content = new byte[SIZE];

    @BeforeEach
    void write() throws IOException {
        new Random(1).nextBytes(content);
        path = Files.write(folder.resolve("data"), content);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readsAnyAlignedRangeAndTheUnalignedTail(boolean direct) throws IOException {
        try (DirectFile file = DirectFile.open(path, direct);
                AlignedBuffer buffer = AlignedBuffer.allocate(1 << 20)) {
            assertThat(file.size()).isEqualTo(SIZE);
            assertThat(Integer.bitCount(file.alignment())).isEqualTo(1);
            int block = file.alignment();
            for (long position = 0; position < SIZE + 2L * block; position += 3L * block) {
                for (int blocks = 1; blocks < 9; blocks += 7) {
                    MemorySegment target = buffer.segment().asSlice(2L * block, (long) blocks * block);
                    long expected = Math.max(0, Math.min((long) blocks * block, SIZE - position));
                    assertThat(file.read(position, target)).isEqualTo(expected);
                    for (long i = 0; i < expected; i++) {
                        if (target.get(ValueLayout.JAVA_BYTE, i) != content[(int) (position + i)]) {
                            throw new AssertionError("byte " + i + " of the range at " + position);
                        }
                    }
                }
            }
        }
    }

    @Test
    void unalignedReadsAreRefused() throws IOException {
        try (DirectFile file = DirectFile.open(path);
                AlignedBuffer buffer = AlignedBuffer.allocate(1 << 17)) {
            int block = file.alignment();
            MemorySegment all = buffer.segment();
            assertThatThrownBy(() -> file.read(1, all.asSlice(0, block))).hasMessageContaining("not aligned");
            assertThatThrownBy(() -> file.read(0, all.asSlice(0, block + 1))).hasMessageContaining("not aligned");
            assertThatThrownBy(() -> file.read(0, all.asSlice(8, block))).hasMessageContaining("not aligned");
        }
    }

    @Test
    void aFileThatStaysAsItIsIsUnchanged() throws IOException {
        try (DirectFile file = DirectFile.open(path)) {
            file.requireUnchanged();
        }
    }

    @Test
    void aFileThatGrowsOrShrinksIsNoticed() throws IOException {
        try (DirectFile file = DirectFile.open(path)) {
            Files.write(path, new byte[100]);
            assertThatThrownBy(file::requireUnchanged)
                    .isInstanceOf(IOException.class)
                    .hasMessageContaining("its size was " + SIZE + " bytes and is 100");
        }
    }

    @Test
    void aFileThatIsWrittenToIsNoticed() throws IOException {
        try (DirectFile file = DirectFile.open(path)) {
            content[77]++;
            Files.write(path, content);
            Files.setLastModifiedTime(path, FileTime.fromMillis(1));
            assertThatThrownBy(file::requireUnchanged).hasMessageContaining("modified");
        }
    }

    @Test
    void aFileThatIsReplacedIsNoticedEvenWithTheSameSizeAndTime() throws IOException {
        try (DirectFile file = DirectFile.open(path)) {
            FileTime time = Files.getLastModifiedTime(path);
            Path other = Files.write(folder.resolve("other"), content);
            Files.setLastModifiedTime(other, time);
            Files.move(other, path, StandardCopyOption.REPLACE_EXISTING);
            assertThatThrownBy(file::requireUnchanged).hasMessageContaining("replaced");
        }
    }

    @Test
    void aFileThatIsRemovedIsNoticed() throws IOException {
        try (DirectFile file = DirectFile.open(path)) {
            Files.delete(path);
            assertThatThrownBy(file::requireUnchanged).hasMessageContaining("removed");
        }
    }

    @Test
    void aMissingFileIsSaidToBeMissing() {
        assertThatThrownBy(() -> DirectFile.open(folder.resolve("none"))).isInstanceOf(NoSuchFileException.class);
    }

    @Test
    void buffersAreAlignedZeroedAndFreed() {
        AlignedBuffer buffer = AlignedBuffer.allocate(100_000);
        assertThat(buffer.segment().address() % AlignedBuffer.ALIGNMENT).isZero();
        assertThat(buffer.byteSize()).isEqualTo(100_000);
        assertThat(buffer.segment().get(ValueLayout.JAVA_BYTE, 99_999)).isZero();
        MemorySegment segment = buffer.segment();
        buffer.close();
        buffer.close();
        assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
    }
}
