package io.specoffload.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.calibration.ReadLoad.Run;
import io.specoffload.hardware.DiskSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileReadLoadTest {

    @TempDir
    Path folder;

    /** A clock that moves by a millisecond whenever it is looked at. */
    private static LongSupplier ticking() {
        AtomicLong now = new AtomicLong();
        return () -> now.addAndGet(1_000_000);
    }

    private Path file(int bytes) throws IOException {
        return Files.write(folder.resolve("model.gguf"), new byte[bytes]);
    }

    @Test
    void readsAsManyBytesAsAsked() throws IOException {
        try (FileReadLoad load = FileReadLoad.open(file(8 << 20), 1 << 20, ticking())) {
            Run run = load.run(1 << 20, 2, 4 << 20, 1000);

            // whoever sees the limit reached last may have one more read under way
            assertThat(run.bytes()).isBetween(4L << 20, 5L << 20);
            assertThat(run.seconds()).isPositive();
            assertThat(load.single(7)).isPositive();
        }
    }

    @Test
    void readsOnFromTheStartAfterTheEnd() throws IOException {
        try (FileReadLoad load = FileReadLoad.open(file((1 << 20) + 5000), 1 << 18, ticking())) {
            assertThat(load.run(1 << 18, 1, 16 << 20, 1000).bytes()).isEqualTo(16 << 20);
        }
    }

    @Test
    void stopsWhenTheTimeIsUp() throws IOException {
        try (FileReadLoad load = FileReadLoad.open(file(8 << 20), 1 << 18, ticking())) {
            // the clock ticks once per read
            assertThat(load.run(1 << 18, 1, Long.MAX_VALUE, 0.010).bytes()).isBetween(1L << 18, 11L << 18);
        }
    }

    @Test
    void aFileBelowABlockIsRefused() throws IOException {
        Path tiny = file(10);

        assertThatThrownBy(() -> FileReadLoad.open(tiny, 1 << 20, ticking()))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("too small");
    }

    @Test
    void theDiskIsMeasuredOnTheModelItself() throws IOException {
        Path model = file(3 << 20);
        DiskSpec spec = new DiskSource(model, folder.resolve("unused"), ticking()).measure(0.5);

        assertThat(spec.measuredOn()).isEqualTo(model.toString());
        assertThat(spec.remark()).contains(spec.direct() ? "3145728 bytes" : "page cache");
        assertThat(folder.resolve("unused")).doesNotExist();
    }

    @Test
    void withoutAModelTheDiskIsMeasuredOnAScratchFileThatIsGoneAfterwards() throws IOException {
        Path scratch = folder.resolve("cache");
        DiskSpec spec = new DiskSource(null, scratch, ticking()).measure(0.5);

        assertThat(spec.measuredOn()).startsWith(scratch.toString());
        assertThat(spec.remark()).isNotNull();
        assertThat(scratch).isEmptyDirectory();
    }

    @Test
    void aScratchFileHasTheSizeThatTimeAllows() throws IOException {
        try (ScratchFile file = ScratchFile.create(folder, 1L << 30, 0.0005, ticking())) {
            assertThat(file.path()).hasSize(8 << 20);
        }
        assertThat(folder).isEmptyDirectory();
    }
}
