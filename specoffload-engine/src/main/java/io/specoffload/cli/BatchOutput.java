package io.specoffload.cli;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The results of a batch, one JSON object per line, in a file that survives being killed: what it holds already is
 * taken as done, a last line that was torn is cut off. One process at a time. Thread-safe.
 */
final class BatchOutput implements AutoCloseable {

    private static final int BLOCK = 1 << 16;

    private final FileChannel channel;
    private final Set<JsonNode> done = new HashSet<>();

    private BatchOutput(FileChannel channel) {
        this.channel = channel;
    }

    /**
     * Opens the file, or makes it.
     *
     * @throws IllegalArgumentException if it holds something else than results, or another process writes to it
     */
    static BatchOutput open(Path file) throws IOException {
        FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        BatchOutput output = new BatchOutput(channel);
        try {
            if (!lock(channel)) {
                throw new IllegalArgumentException(file + " is being written to by another run");
            }
            output.recover(file);
            return output;
        } catch (IOException | RuntimeException failure) {
            channel.close();
            throw failure;
        }
    }

    private static boolean lock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            return false;
        }
    }

    /** Reads the whole lines there are; the rest is complete but for its line end, or is dropped. */
    private void recover(Path file) throws IOException {
        java.io.ByteArrayOutputStream line = new java.io.ByteArrayOutputStream();
        ByteBuffer block = ByteBuffer.allocate(BLOCK);
        long end = 0;
        int number = 0;
        while (channel.read(block) >= 0) {
            block.flip();
            while (block.hasRemaining()) {
                byte next = block.get();
                if (next != '\n') {
                    line.write(next);
                    continue;
                }
                number++;
                end += line.size() + 1;
                if (!line.toString(StandardCharsets.UTF_8).isBlank() && !take(line.toString(StandardCharsets.UTF_8))) {
                    throw new IllegalArgumentException(file + ", line " + number
                            + " is no result of a batch, or its id is there twice; name another file with --output");
                }
                line.reset();
            }
            block.clear();
        }
        if (line.size() > 0 && take(line.toString(StandardCharsets.UTF_8))) {
            channel.position(end + line.size());
            writeFully("\n");
        } else {
            channel.truncate(end);
            channel.position(end);
        }
    }

    private boolean take(String line) {
        JsonNode id = id(line);
        return id != null && done.add(id);
    }

    private static @Nullable JsonNode id(String line) {
        try {
            JsonNode json = JsonMapper.shared().readTree(line);
            return json.isObject() && json.has("finishReason") ? json.get("id") : null;
        } catch (JacksonException e) {
            return null;
        }
    }

    /** Ids that had their result when the file was opened. */
    Set<JsonNode> done() {
        return done;
    }

    /** Appends a result. */
    void write(Map<String, Object> result) throws IOException {
        writeFully(CliSupport.json(result) + "\n");
    }

    private synchronized void writeFully(String text) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    @Override
    public void close() throws IOException {
        channel.force(true);
        channel.close();
    }
}
