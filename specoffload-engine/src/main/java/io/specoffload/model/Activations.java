package io.specoffload.model;

import io.specoffload.backend.Backend;
import io.specoffload.backend.Buffer;
import io.specoffload.model.ModelConfig.ExpertConfig;
import java.util.ArrayList;
import java.util.List;

/**
 * The buffers through which the rows of a forward pass travel, sized for a fixed number of rows. Owned by an executor,
 * one per executor.
 */
public final class Activations implements AutoCloseable {

    /** Rows whose logits are computed at once: bounds the buffer for large vocabularies. */
    static final int LOGIT_ROWS = 32;

    private final List<Buffer> all = new ArrayList<>();
    private final int maxRows;

    final Buffer hidden;
    final Buffer normed;
    final Buffer projected;
    final Buffer queries;
    final Buffer keys;
    final Buffer values;
    final Buffer attended;
    final Buffer gate;
    final Buffer up;
    final Buffer logits;

    /** Rows gathered for one expert; empty in a dense model. */
    final Buffer gathered;

    /** Router scores [rows][experts]; empty in a dense model. */
    final Buffer scores;

    /**
     * @param maxRows rows per chunk of a pass, at least 1
     */
    public Activations(ModelConfig config, Backend backend, int maxRows) {
        if (maxRows < 1) {
            throw new IllegalArgumentException("maxRows is " + maxRows + ", but must be at least 1");
        }
        this.maxRows = maxRows;
        ExpertConfig experts = config.experts();
        boolean complete = false;
        try {
            hidden = allocate(backend, maxRows, config.width());
            normed = allocate(backend, maxRows, config.width());
            projected = allocate(backend, maxRows, config.width());
            queries = allocate(backend, maxRows, config.attention().queryWidth());
            keys = allocate(backend, maxRows, config.attention().kvWidth());
            values = allocate(backend, maxRows, config.attention().kvWidth());
            attended = allocate(backend, maxRows, config.attention().queryWidth());
            gate = allocate(backend, maxRows, config.feedForward());
            up = allocate(backend, maxRows, config.feedForward());
            gathered = allocate(backend, experts == null ? 0 : maxRows, config.width());
            scores = allocate(backend, maxRows, experts == null ? 0 : experts.count());
            logits = allocate(backend, Math.min(maxRows, LOGIT_ROWS), config.vocabulary());
            complete = true;
        } finally {
            if (!complete) {
                close();
            }
        }
    }

    /** A buffer that nobody needs while a projection of x is computed; at least maxRows * queryWidth floats. */
    Buffer between(Buffer x) {
        return attended.equals(x) ? queries : attended;
    }

    /** Memory that the buffers for a model would take, in bytes. */
    public static long byteSize(ModelConfig config, int maxRows) {
        ExpertConfig experts = config.experts();
        long perRow = 3L * config.width()
                + 2L * config.attention().queryWidth()
                + 2L * config.attention().kvWidth()
                + 2L * config.feedForward()
                + (experts == null ? 0 : config.width() + experts.count());
        return 4 * (maxRows * perRow + (long) Math.min(maxRows, LOGIT_ROWS) * config.vocabulary());
    }

    /** Rows per chunk of a pass. */
    public int maxRows() {
        return maxRows;
    }

    /** Memory of all buffers, in bytes. */
    public long byteSize() {
        return all.stream().mapToLong(buffer -> 4L * buffer.length()).sum();
    }

    private Buffer allocate(Backend backend, int rows, int width) {
        Buffer buffer = backend.allocate(Math.multiplyExact(rows, width));
        all.add(buffer);
        return buffer;
    }

    @Override
    public void close() {
        all.forEach(Buffer::close);
    }
}
