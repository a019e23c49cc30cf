package io.specoffload.backend.cpu;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Little-endian reads and writes at absolute addresses. Kernels check a tensor's extent once and then address its bytes
 * through the one constant segment {@link #ALL}: the compiler sees the same segment at every access, whoever owns the
 * bytes, which is measurably faster than going through each owner's own.
 */
public final class Memory {

    /** All of the address space. */
    public static final MemorySegment ALL = MemorySegment.NULL.reinterpret(Long.MAX_VALUE);

    private static final ValueLayout.OfShort SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private Memory() {}

    /** The address of native memory. */
    public static long addressOf(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("the CPU kernels need native memory, not a Java array");
        }
        return segment.address();
    }

    public static byte byteAt(long address) {
        return ALL.get(ValueLayout.JAVA_BYTE, address);
    }

    public static int unsignedByteAt(long address) {
        return byteAt(address) & 0xff;
    }

    public static short shortAt(long address) {
        return ALL.get(SHORT, address);
    }

    public static int intAt(long address) {
        return ALL.get(INT, address);
    }

    public static float floatAt(long address) {
        return ALL.get(FLOAT, address);
    }

    /** The float16 at an address, widened. */
    public static float halfAt(long address) {
        return Float.float16ToFloat(shortAt(address));
    }

    public static void putByte(long address, byte value) {
        ALL.set(ValueLayout.JAVA_BYTE, address, value);
    }

    public static void putFloat(long address, float value) {
        ALL.set(FLOAT, address, value);
    }

    /** Writes a value rounded to the nearest float16. */
    public static void putHalf(long address, float value) {
        ALL.set(SHORT, address, Float.floatToFloat16(value));
    }
}
