package io.specoffload.backend.cpu.vector;

import io.specoffload.tensor.DType;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import org.jspecify.annotations.Nullable;

/**
 * Calls one format's kernels through method handles that the compiler cannot see through. A plain interface call would
 * be inlined for the two types it sees most; two kernels in one compilation exceed the compiler's node limit for
 * inlining, it then leaves vector operations as calls with boxed vectors, and a kernel is ten times slower, depending on
 * which types a model happens to mix.
 */
final class FormatCalls {

    private final MethodHandle decode;
    private final MethodHandle pack;
    private final boolean isUnpacked;
    private final MethodHandle unpack;
    private final MethodHandle unpackPair;
    private final MethodHandle dot;
    private final MethodHandle dots;
    private final boolean isPaired;
    private final @Nullable TouchTrial touching;

    FormatCalls(DType type) {
        VectorFormat format = VectorFormat.of(type);
        isUnpacked = format.isUnpacked();
        isPaired = format.isPaired();
        touching = format.isTouched() ? new TouchTrial() : null;
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            decode = lookup.findVirtual(
                            VectorFormat.class,
                            "decode",
                            MethodType.methodType(void.class, long.class, int.class, float[].class, int.class))
                    .bindTo(format);
            pack = lookup.findVirtual(
                            VectorFormat.class,
                            "pack",
                            MethodType.methodType(
                                    void.class, long.class, int.class, float[].class, int.class, int.class, int.class))
                    .bindTo(format);
            unpack = lookup.findVirtual(
                            VectorFormat.class,
                            "unpack",
                            MethodType.methodType(void.class, long.class, int.class, Scratch.class))
                    .bindTo(format);
            unpackPair = lookup.findVirtual(
                            VectorFormat.class,
                            "unpackPair",
                            MethodType.methodType(void.class, long.class, long.class, int.class, Scratch.class))
                    .bindTo(format);
            dot = lookup.findVirtual(
                            VectorFormat.class,
                            "dot",
                            MethodType.methodType(float.class, long.class, int.class, float[].class, Scratch.class))
                    .bindTo(format);
            dots = lookup.findVirtual(
                            VectorFormat.class,
                            "dots",
                            MethodType.methodType(
                                    void.class,
                                    long.class,
                                    long.class,
                                    int.class,
                                    float[].class,
                                    Scratch.class,
                                    float[].class))
                    .bindTo(format);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError("the kernels of " + type, e);
        }
    }

    /** See {@link VectorFormat#decode}. */
    void decode(long address, int elements, float[] out, int offset) {
        try {
            decode.invokeExact(address, elements, out, offset);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /**
     * Adds the products of a row's elements beyond a multiple of 32 to its results, which {@link Tiles} sums apart.
     *
     * @param row address of the row
     * @param x [n][columns]
     * @param from first column of activations
     * @param to behind the last one
     * @param out receives the result of column c at {@code at + c * stride}
     * @param tail scratch for 31 elements
     */
    void addTail(
            long row,
            long rowBytes,
            int columns,
            float[] x,
            int from,
            int to,
            float[] out,
            int at,
            int stride,
            float[] tail) {
        int whole = columns & -32;
        int length = columns - whole;
        decode(row + rowBytes * whole / columns, length, tail, 0);
        for (int c = from; c < to; c++) {
            out[at + c * stride] += Tiles.tail(tail, 0, x, c * columns + whole, length);
        }
    }

    /** See {@link VectorFormat#pack}. */
    void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        try {
            pack.invokeExact(address, elements, out, offset, groupStride, vectorStride);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** See {@link VectorFormat#dot}. */
    float dot(long address, int columns, float[] x, Scratch scratch) {
        try {
            if (isUnpacked) {
                unpack.invokeExact(address, columns, scratch);
            }
            return (float) dot.invokeExact(address, columns, x, scratch);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** Whether to touch rows, where that may pay: see {@link VectorFormat#isTouched}. */
    @Nullable
    TouchTrial touching() {
        return touching;
    }

    /** See {@link VectorFormat#isPaired}. */
    boolean isPaired() {
        return isPaired;
    }

    /** See {@link VectorFormat#dots}. */
    void dots(long first, long second, int columns, float[] x, Scratch scratch, float[] out) {
        try {
            if (isUnpacked) {
                unpackPair.invokeExact(first, second, columns, scratch);
            }
            dots.invokeExact(first, second, columns, x, scratch, out);
        } catch (Throwable e) {
            throw unchecked(e);
        }
    }

    /** What a method handle threw, which declares nothing checked. */
    static RuntimeException unchecked(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException exception ? exception : new IllegalStateException(e);
    }
}
