package io.specoffload.calibration;

import io.specoffload.hardware.DiskSpec;
import java.io.IOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * What a disk is measured on: a model's file where there is one that is large enough, else a scratch file that is written
 * for it.
 *
 * @param file the model's file, or null
 * @param scratchFolder where a scratch file may be written; created if it is missing
 * @param nanoTime clock
 */
public record DiskSource(@Nullable Path file, Path scratchFolder, LongSupplier nanoTime) {

    /** Where less is read over and over, caches below the page cache answer for the disk. */
    static final long ENOUGH_BYTES = 64L << 20;

    private static final double SCRATCH_SHARE = 0.3;

    /** The file system's device, its kind, and whether a file on it is large enough to trust. */
    String identity() {
        try {
            Path present = file != null ? file : existing(scratchFolder.toAbsolutePath());
            FileStore store = Files.getFileStore(present);
            String measured = file == null ? "scratch file" : Files.size(file) < ENOUGH_BYTES ? "small file" : "file";
            return store.name() + ", " + store.type() + ", " + measured;
        } catch (IOException e) {
            return "unknown";
        }
    }

    private static Path existing(Path path) {
        Path present = path;
        while (!Files.exists(present) && present.getParent() != null) {
            present = present.getParent();
        }
        return present;
    }

    /**
     * Measures.
     *
     * @throws IOException saying why it cannot be done
     */
    DiskSpec measure(double seconds) throws IOException {
        if (file != null) {
            String remark = Files.size(file) < ENOUGH_BYTES
                    ? "the file has only " + Files.size(file)
                            + " bytes and was read over and over: caches of the disk may have answered"
                    : null;
            return measure(file, seconds, remark);
        }
        try (ScratchFile scratch =
                ScratchFile.create(scratchFolder, ScratchFile.MOST_BYTES, SCRATCH_SHARE * seconds, nanoTime)) {
            return measure(
                    scratch.path(),
                    (1 - SCRATCH_SHARE) * seconds,
                    "measured on a file written just before: caches of the disk may have answered");
        }
    }

    private DiskSpec measure(Path path, double seconds, @Nullable String remark) throws IOException {
        try (ReadLoad load = FileReadLoad.open(path, DiskProbe.REQUEST_BYTES.getLast(), nanoTime)) {
            String caching =
                    load.direct() ? remark : "the file system refuses direct reads: the page cache may have answered";
            return DiskProbe.measure(load, seconds, caching);
        }
    }
}
