package io.specoffload.calibration;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;

/** A folder laid out like a Linux system's description of itself. */
final class SystemFolder {

    private final Path root;

    SystemFolder(Path root) {
        this.root = root;
    }

    SystemFolder with(String path, String... lines) {
        return withBytes(path, (String.join("\n", lines) + "\n").getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    SystemFolder withBytes(String path, byte[] bytes) {
        try {
            Path file = root.resolve(path.substring(1));
            Files.createDirectories(file.getParent());
            Files.write(file, bytes);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return this;
    }

    /** An auxiliary vector: other entries, then the page size. */
    SystemFolder withPageSize(long bytes) {
        ByteBuffer vector = ByteBuffer.allocate(48).order(ByteOrder.nativeOrder());
        vector.putLong(33)
                .putLong(0x7fff0000L)
                .putLong(6)
                .putLong(bytes)
                .putLong(0)
                .putLong(0);
        return withBytes("/proc/self/auxv", vector.array());
    }

    SystemFiles files() {
        return new SystemFiles(root);
    }
}
