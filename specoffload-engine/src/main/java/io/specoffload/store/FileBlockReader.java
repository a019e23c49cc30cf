package io.specoffload.store;

import io.specoffload.io.DirectFile;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The files of a checkpoint, read directly. */
public final class FileBlockReader implements BlockReader {

    private static final Logger log = LoggerFactory.getLogger(FileBlockReader.class);

    /** More than any system reads ahead. */
    private static final long READ_AHEAD = 16L << 20;

    private final List<DirectFile> files;
    private final int alignment;

    private FileBlockReader(List<DirectFile> files) {
        this.files = List.copyOf(files);
        this.alignment = files.stream().mapToInt(DirectFile::alignment).max().orElseThrow();
    }

    /**
     * Opens all files of a checkpoint.
     *
     * @param parts at least one
     */
    public static FileBlockReader open(List<Path> parts) throws IOException {
        List<DirectFile> files = new ArrayList<>();
        boolean complete = false;
        try {
            for (Path part : parts) {
                files.add(DirectFile.open(part));
            }
            FileBlockReader reader = new FileBlockReader(files);
            complete = true;
            return reader;
        } finally {
            if (!complete) {
                files.forEach(FileBlockReader::close);
            }
        }
    }

    @Override
    public int alignment() {
        return alignment;
    }

    /** Whether all files pass the page cache by. */
    public boolean direct() {
        return files.stream().allMatch(DirectFile::direct);
    }

    /**
     * Asks the page cache to drop the beginning of each file: headers are read through it, and read-ahead brings some
     * of the tensors along.
     *
     * @param headerBytes size of each file's header
     */
    public void forgetHeaders(List<Long> headerBytes) {
        for (int part = 0; part < files.size(); part++) {
            files.get(part).forget(0, headerBytes.get(part) + READ_AHEAD);
        }
    }

    @Override
    public long read(int part, long position, MemorySegment target) throws IOException {
        return files.get(part).read(position, target);
    }

    @Override
    public void requireUnchanged() throws IOException {
        for (DirectFile file : files) {
            file.requireUnchanged();
        }
    }

    @Override
    public String name() {
        return files.getFirst().path().toString();
    }

    @Override
    public void close() {
        files.forEach(FileBlockReader::close);
    }

    private static void close(DirectFile file) {
        try {
            file.close();
        } catch (IOException e) {
            log.warn("{} did not close cleanly", file.path(), e);
        }
    }
}
