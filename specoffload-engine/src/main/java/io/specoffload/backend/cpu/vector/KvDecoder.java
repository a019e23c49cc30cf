package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;

import io.specoffload.backend.KvBlockFormat;
import io.specoffload.backend.cpu.Memory;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** Decodes one head's keys or values of a block to floats, laid out as they are stored; see {@link KvBlockFormat}. */
final class KvDecoder {

    private static final int POSITIONS = KvBlockFormat.POSITIONS;

    private KvDecoder() {}

    /**
     * Keys of positions {@code from} to {@code to} - 1, and of the others of their vectors.
     *
     * @param address of the head's keys
     * @param out receives [headSize][POSITIONS]
     * @param scales scratch of POSITIONS floats
     */
    static void keys(KvBlockFormat format, long address, int from, int to, float[] out, float[] scales) {
        int first = from & -L;
        int last = to + L - 1 & -L;
        switch (format.type()) {
            case F32 -> floats(address, format.headSize(), first, last, out);
            case F16 -> halves(address, format.headSize(), first, last, out);
            default -> bytes(address, address + format.scaleOffset(), format.headSize(), first, last, out, scales);
        }
    }

    private static void floats(long address, int size, int first, int last, float[] out) {
        for (int d = 0; d < size; d++) {
            for (int p = d * POSITIONS + first; p < d * POSITIONS + last; p += L) {
                FloatVector.fromMemorySegment(F, Memory.ALL, address + 4L * p, ByteOrder.LITTLE_ENDIAN)
                        .intoArray(out, p);
            }
        }
    }

    private static void halves(long address, int size, int first, int last, float[] out) {
        for (int d = 0; d < size; d++) {
            for (int p = d * POSITIONS + first; p < d * POSITIONS + last; p += L) {
                Halves.load(address + 2L * p).intoArray(out, p);
            }
        }
    }

    private static void bytes(
            long address, long scaleAddress, int size, int first, int last, float[] out, float[] scales) {
        for (int d = 0; d < size; d += KvBlockFormat.SCALED) {
            long group = scaleAddress + 2L * (d / KvBlockFormat.SCALED * POSITIONS);
            for (int p = first; p < last; p += L) {
                Halves.load(group + 2L * p).intoArray(scales, p);
            }
            scaledBytes(address, d, Math.min(size, d + KvBlockFormat.SCALED), first, last, out, scales);
        }
    }

    private static void scaledBytes(long address, int from, int to, int first, int last, float[] out, float[] scales) {
        for (int d = from; d < to; d++) {
            for (int p = first; p < last; p += L) {
                int at = d * POSITIONS + p;
                Lanes.signedBytes(address + at)
                        .mul(FloatVector.fromArray(F, scales, p))
                        .intoArray(out, at);
            }
        }
    }

    /**
     * Values of positions {@code from} to {@code to} - 1.
     *
     * @param address of the head's values
     * @param out receives [POSITIONS][headSize]; up to a vector more is written
     */
    static void values(KvBlockFormat format, long address, int from, int to, float[] out) {
        int size = format.headSize();
        switch (format.type()) {
            case F32 -> floatRow(address, from * size, to * size, out);
            case F16 -> halfRow(address, from * size, to * size, out);
            default -> byteRows(address, address + format.scaleOffset(), size, from, to, out);
        }
    }

    private static void floatRow(long address, int from, int to, float[] out) {
        int i = from;
        for (; i <= to - L; i += L) {
            FloatVector.fromMemorySegment(F, Memory.ALL, address + 4L * i, ByteOrder.LITTLE_ENDIAN)
                    .intoArray(out, i);
        }
        for (; i < to; i++) {
            out[i] = Memory.floatAt(address + 4L * i);
        }
    }

    private static void halfRow(long address, int from, int to, float[] out) {
        int i = from;
        for (; i <= to - L; i += L) {
            Halves.load(address + 2L * i).intoArray(out, i);
        }
        for (; i < to; i++) {
            out[i] = Memory.halfAt(address + 2L * i);
        }
    }

    /** A group's last vector may reach into the next group, which is then decoded over it, or into the scales. */
    private static void byteRows(long address, long scaleAddress, int size, int from, int to, float[] out) {
        int groups = Math.ceilDiv(size, KvBlockFormat.SCALED);
        for (int p = from; p < to; p++) {
            for (int g = 0; g < groups; g++) {
                float scale = Memory.halfAt(scaleAddress + 2L * (p * groups + g));
                int at = p * size + g * KvBlockFormat.SCALED;
                int end = p * size + Math.min(size, (g + 1) * KvBlockFormat.SCALED);
                for (; at < end; at += L) {
                    Lanes.signedBytes(address + at).mul(scale).intoArray(out, at);
                }
            }
        }
    }
}
