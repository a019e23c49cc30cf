package io.specoffload.backend.cpu;

import io.specoffload.backend.Buffer;
import org.jspecify.annotations.Nullable;

/** A buffer in the Java heap. */
public final class HostBuffer implements Buffer {

    private final int length;
    private float @Nullable [] floats;

    HostBuffer(int length) {
        if (length < 0) {
            throw new IllegalArgumentException("a buffer of " + length + " floats");
        }
        this.length = length;
        this.floats = new float[length];
    }

    /**
     * The floats behind a buffer that a kernel was given.
     *
     * @param needed how many of them the kernel will touch
     * @throws IllegalArgumentException if the buffer is another backend's or too short
     * @throws IllegalStateException if it is closed
     */
    public static float[] floats(Buffer buffer, long needed) {
        if (!(buffer instanceof HostBuffer host)) {
            throw new IllegalArgumentException("not a buffer of the CPU backend: " + buffer.getClass());
        }
        if (needed > host.length) {
            throw new IllegalArgumentException(
                    "the operation takes " + needed + " floats, the buffer has " + host.length);
        }
        return host.open();
    }

    private float[] open() {
        float[] open = floats;
        if (open == null) {
            throw new IllegalStateException("the buffer is closed");
        }
        return open;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public void upload(float[] source, int from, int offset, int count) {
        System.arraycopy(source, from, open(), offset, count);
    }

    @Override
    public void download(int offset, float[] target, int to, int count) {
        System.arraycopy(open(), offset, target, to, count);
    }

    @Override
    public void close() {
        floats = null;
    }
}
