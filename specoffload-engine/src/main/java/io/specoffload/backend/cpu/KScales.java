package io.specoffload.backend.cpu;

/**
 * The 8 scales and 8 minimums of 6 bits that Q4_K and Q5_K pack into 12 bytes: those of sub-blocks 0-3 lie in the lower
 * six bits of bytes 0-3 and 4-7; of sub-blocks 4-7, bytes 8-11 hold the lower four bits (scale low, minimum high) and the
 * upper two bits of bytes 0-3 and 4-7 the rest.
 */
final class KScales {

    private KScales() {}

    static int scale(long packed, int sub) {
        int own = Memory.unsignedByteAt(packed + (sub & 3));
        return sub < 4 ? own & 63 : Memory.unsignedByteAt(packed + 4 + sub) & 15 | own >>> 6 << 4;
    }

    static int minimum(long packed, int sub) {
        int own = Memory.unsignedByteAt(packed + 4 + (sub & 3));
        return sub < 4 ? own & 63 : Memory.unsignedByteAt(packed + 4 + sub) >>> 4 | own >>> 6 << 4;
    }
}
