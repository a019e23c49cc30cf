package io.specoffload.calibration;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SplittableRandom;
import java.util.function.LongSupplier;

/** A file of random bytes to read where there is no model file yet; closing deletes it. */
final class ScratchFile implements AutoCloseable {

    static final long MOST_BYTES = 256L << 20;
    private static final int CHUNK = 8 << 20;

    private final Path path;

    private ScratchFile(Path path) {
        this.path = path;
    }

    Path path() {
        return path;
    }

    /**
     * Writes one: as large as the time allows, at most a tenth of the free space.
     *
     * @param seconds about how long writing may take
     * @throws IOException if the folder cannot be written, or has too little space
     */
    static ScratchFile create(Path folder, long mostBytes, double seconds, LongSupplier nanoTime) throws IOException {
        Files.createDirectories(folder);
        long bytes = Math.min(mostBytes, Files.getFileStore(folder).getUsableSpace() / 10) / CHUNK * CHUNK;
        if (bytes == 0) {
            throw new IOException("there is too little free space in " + folder + " to measure the disk");
        }
        ScratchFile file = new ScratchFile(Files.createTempFile(folder, "specoffload-probe-", ".tmp"));
        boolean complete = false;
        try {
            file.write(bytes, nanoTime.getAsLong() + (long) (seconds * 1e9), nanoTime);
            complete = true;
            return file;
        } finally {
            if (!complete) {
                file.close();
            }
        }
    }

    /** Random, as zeros or repetitions might never reach the device. */
    private void write(long bytes, long deadline, LongSupplier nanoTime) throws IOException {
        ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK);
        SplittableRandom random = new SplittableRandom(nanoTime.getAsLong());
        while (chunk.hasRemaining()) {
            chunk.putLong(random.nextLong());
        }
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.WRITE)) {
            for (long written = 0; written < bytes; written += CHUNK) {
                chunk.clear().putLong(0, written);
                while (chunk.hasRemaining()) {
                    channel.write(chunk);
                }
                channel.force(false);
                if (nanoTime.getAsLong() >= deadline) {
                    break;
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        Files.deleteIfExists(path);
    }
}
