package io.specoffload.io;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/** What the operating system's page cache holds of a file. Nothing here reads the file's bytes. */
public final class PageCache {

    private PageCache() {}

    /**
     * Writes a file's changed pages back and asks the page cache to forget all of it. Pages that some process has mapped
     * and touched may stay: {@link #residentBytes} tells.
     *
     * @return whether it could be asked
     * @throws IOException if the file cannot be opened
     */
    public static boolean drop(Path file) throws IOException {
        Posix posix = Posix.INSTANCE;
        // only clean pages can be dropped
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
            channel.force(false);
        }
        int descriptor = posix == null ? -1 : posix.open(file.toAbsolutePath());
        if (posix == null || descriptor < 0) {
            return false;
        }
        try {
            posix.drop(descriptor, 0, 0);
        } finally {
            posix.close(descriptor);
        }
        return true;
    }

    /**
     * Bytes of a file that are in memory, in whole pages.
     *
     * @return -1 where the system does not tell
     * @throws IOException if the file cannot be opened
     */
    public static long residentBytes(Path file) throws IOException {
        Posix posix = Posix.INSTANCE;
        if (posix == null) {
            return -1;
        }
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            long size = channel.size();
            if (size == 0) {
                return 0;
            }
            int page = posix.pageSize();
            MemorySegment mapped = channel.map(MapMode.READ_ONLY, 0, size, arena);
            MemorySegment pages = arena.allocate((size + page - 1) / page);
            if (!posix.resident(mapped.address(), size, pages)) {
                return -1;
            }
            long resident = 0;
            for (long i = 0; i < pages.byteSize(); i++) {
                resident += pages.get(ValueLayout.JAVA_BYTE, i) & 1;
            }
            return resident * page;
        }
    }
}
