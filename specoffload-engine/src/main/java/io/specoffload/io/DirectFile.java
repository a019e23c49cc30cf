package io.specoffload.io;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A file read without the page cache: directly from the device into aligned memory where the file system allows it
 * ({@code O_DIRECT}), else through the page cache, which is asked to forget what it was read. Reads of several threads
 * run side by side. A reading thread must not be interrupted: that would close the channel for all of them.
 */
public final class DirectFile implements AutoCloseable {

    private static final Logger log = LoggerFactory.getLogger(DirectFile.class);
    private static final int SMALLEST_BLOCK = 512;
    private static final int LARGEST_BLOCK = Math.toIntExact(AlignedBuffer.ALIGNMENT);

    private final Path path;
    private final FileChannel channel;
    private final int alignment;
    private final boolean direct;
    private final FileIdentity identity;
    private final int adviceDescriptor;

    private DirectFile(Path path, FileChannel channel, int alignment, boolean direct) throws IOException {
        this.path = path;
        this.channel = channel;
        this.alignment = alignment;
        this.direct = direct;
        this.identity = FileIdentity.of(path);
        Posix posix = Posix.INSTANCE;
        this.adviceDescriptor = posix == null ? -1 : posix.open(path.toAbsolutePath());
    }

    /**
     * Opens a file for reading.
     *
     * @throws IOException if it cannot be opened
     */
    public static DirectFile open(Path path) throws IOException {
        return open(path, true);
    }

    /**
     * Opens a file for reading.
     *
     * @param tryDirect false to go through the page cache at once
     */
    static DirectFile open(Path path, boolean tryDirect) throws IOException {
        int alignment = alignmentOf(path);
        if (tryDirect) {
            try {
                return complete(path, openDirect(path, alignment), alignment, true);
            } catch (NoSuchFileException e) {
                throw e;
            } catch (IOException | UnsupportedOperationException refused) {
                log.info(
                        "{} cannot be read directly ({}): reading through the page cache and dropping the pages",
                        path,
                        refused.getMessage());
            }
        }
        return complete(path, FileChannel.open(path, StandardOpenOption.READ), alignment, false);
    }

    private static DirectFile complete(Path path, FileChannel channel, int alignment, boolean direct)
            throws IOException {
        try {
            return new DirectFile(path, channel, alignment, direct);
        } catch (IOException | RuntimeException | Error failure) {
            channel.close();
            throw failure;
        }
    }

    /** Some file systems accept the flag and refuse the first read: try one. */
    private static FileChannel openDirect(Path path, int alignment) throws IOException {
        FileChannel channel = FileChannel.open(path, StandardOpenOption.READ, directOption());
        boolean complete = false;
        try (AlignedBuffer probe = AlignedBuffer.allocate(alignment)) {
            channel.read(probe.segment().asByteBuffer(), 0);
            complete = true;
            return channel;
        } finally {
            if (!complete) {
                channel.close();
            }
        }
    }

    /** The option is exported by the JDK but no part of Java SE, which the compiler would warn about at each use. */
    private static OpenOption directOption() {
        try {
            Class<?> options = Class.forName("com.sun.nio.file.ExtendedOpenOption");
            for (Object option : options.getEnumConstants()) {
                if (option instanceof OpenOption found && option.toString().equals("DIRECT")) {
                    return found;
                }
            }
        } catch (ClassNotFoundException e) {
            throw new UnsupportedOperationException("this JDK has no direct reads", e);
        }
        throw new UnsupportedOperationException("this JDK has no direct reads");
    }

    private static int alignmentOf(Path path) throws IOException {
        long block = SMALLEST_BLOCK;
        try {
            block = Files.getFileStore(path).getBlockSize();
        } catch (UnsupportedOperationException unknown) {
            block = 4096;
        }
        boolean usable = block >= SMALLEST_BLOCK && block <= LARGEST_BLOCK && Long.bitCount(block) == 1;
        return usable ? (int) block : 4096;
    }

    public Path path() {
        return path;
    }

    /** Whether reads pass the page cache by. */
    public boolean direct() {
        return direct;
    }

    /** What positions, sizes and addresses of reads must be multiples of: a power of two. */
    public int alignment() {
        return alignment;
    }

    /** Bytes of the file when it was opened. */
    public long size() {
        return identity.size();
    }

    /**
     * Fills memory from a position on.
     *
     * @param position multiple of the alignment
     * @param target at an address and of a size that are multiples of the alignment
     * @return bytes read: all of them, or fewer where the file ends
     * @throws IOException if the device fails or the file was closed
     */
    public long read(long position, MemorySegment target) throws IOException {
        if (position % alignment != 0 || target.byteSize() % alignment != 0 || target.address() % alignment != 0) {
            throw new IllegalArgumentException("a read of " + target.byteSize() + " bytes at " + position
                    + " to address " + target.address() + " is not aligned to " + alignment);
        }
        ByteBuffer buffer = target.asByteBuffer();
        while (buffer.hasRemaining()) {
            int count = channel.read(buffer, position + buffer.position());
            // a count that is no multiple of the block is the tail of the file: going on there would be unaligned
            if (count < 0 || direct && count % alignment != 0) {
                break;
            }
        }
        if (!direct) {
            forget(position, buffer.position());
        }
        return buffer.position();
    }

    /** Asks the page cache to drop what it holds of a range. */
    public void forget(long position, long bytes) {
        Posix posix = Posix.INSTANCE;
        if (posix != null && adviceDescriptor >= 0 && bytes > 0) {
            posix.drop(adviceDescriptor, position, bytes);
        }
    }

    /**
     * Makes sure that the path still leads to the bytes that were opened.
     *
     * @throws IOException saying what changed
     */
    public void requireUnchanged() throws IOException {
        FileIdentity now;
        try {
            now = FileIdentity.of(path);
        } catch (NoSuchFileException e) {
            throw new IOException(
                    path + " was removed while its weights were in use; restart with the file in place", e);
        }
        if (!now.equals(identity)) {
            throw new IOException(path + " changed while its weights were in use: " + identity.difference(now)
                    + "; restart with a complete file that stays as it is");
        }
    }

    @Override
    public void close() throws IOException {
        Posix posix = Posix.INSTANCE;
        if (channel.isOpen() && posix != null && adviceDescriptor >= 0) {
            posix.close(adviceDescriptor);
        }
        channel.close();
    }
}
