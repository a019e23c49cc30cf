package io.specoffload.backend.cpu;

/** The packed scales of the super-block formats. */
public final class SuperBlocks {

    private SuperBlocks() {}

    /** Byte j of eight. */
    public static int at(long bytes, int j) {
        return (int) (bytes >>> 8 * j) & 0xff;
    }

    /**
     * The eight 6-bit scales that 12 bytes hold beside eight minimums (Q4_K, Q5_K), a byte each: bytes 0-3 hold scales
     * 0-3 and bytes 4-7 minimums 0-3 in their lower six bits; scales and minimums 4-7 have their low nibbles in the low
     * and high nibbles of bytes 8-11, and their upper two bits in those of bytes 0-3 and 4-7.
     */
    public static long scales8(long packed) {
        int first = Memory.intAt(packed);
        int last = Memory.intAt(packed + 8);
        return bytes(first & 0x3f3f3f3f, last & 0x0f0f0f0f | first >>> 2 & 0x30303030);
    }

    /** The eight 6-bit minimums, a byte each; see {@link #scales8}. */
    public static long minimums8(long packed) {
        int middle = Memory.intAt(packed + 4);
        int last = Memory.intAt(packed + 8);
        return bytes(middle & 0x3f3f3f3f, last >>> 4 & 0x0f0f0f0f | middle >>> 2 & 0x30303030);
    }

    /**
     * Eight of the sixteen 6-bit scales that 12 bytes hold (Q3_K), a byte each. Scale j has its low bits in a nibble of
     * byte j mod 8, low nibbles first, and its upper two in a pair of byte 8 + j mod 4, lowest pairs first.
     *
     * @param half 0 for scales 0-7, 1 for 8-15
     */
    public static long scales16(long packed, int half) {
        int nibbles = 4 * half;
        int upper = Memory.intAt(packed + 8) >>> nibbles;
        int first = Memory.intAt(packed) >>> nibbles & 0x0f0f0f0f | (upper & 0x03030303) << 4;
        int last = Memory.intAt(packed + 4) >>> nibbles & 0x0f0f0f0f | (upper >>> 2 & 0x03030303) << 4;
        return bytes(first, last);
    }

    private static long bytes(int first, int last) {
        return Integer.toUnsignedLong(first) | (long) last << 32;
    }

    /** The 6-bit scale j of 8 of IQ4_XS: bit pair j of two bytes above nibble j of the four that follow. */
    public static int scaleOfNibbles(long packed, int j) {
        int low = Memory.unsignedByteAt(packed + 2 + j / 2) >>> 4 * (j % 2) & 15;
        int high = Memory.shortAt(packed) >>> 2 * j & 3;
        return low | high << 4;
    }
}
