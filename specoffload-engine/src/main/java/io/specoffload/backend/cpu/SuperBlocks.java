package io.specoffload.backend.cpu;

/** The packed scales of the super-block formats. */
public final class SuperBlocks {

    private SuperBlocks() {}

    /**
     * The 6-bit scale j of 8 that 12 bytes hold beside 8 minimums (Q4_K, Q5_K): bytes 0-3 hold scales 0-3 and bytes 4-7
     * minimums 0-3 in their lower six bits; scales and minimums 4-7 have their low nibbles in the low and high nibbles
     * of bytes 8-11, and their upper two bits in those of bytes 0-3 and 4-7.
     */
    public static int scale8(long packed, int j) {
        if (j < 4) {
            return Memory.byteAt(packed + j) & 63;
        }
        return Memory.byteAt(packed + j + 4) & 15 | Memory.unsignedByteAt(packed + j - 4) >>> 6 << 4;
    }

    /** The 6-bit minimum j of 8; see {@link #scale8}. */
    public static int minimum8(long packed, int j) {
        if (j < 4) {
            return Memory.byteAt(packed + j + 4) & 63;
        }
        return Memory.unsignedByteAt(packed + j + 4) >>> 4 | Memory.unsignedByteAt(packed + j) >>> 6 << 4;
    }

    /**
     * The 6-bit scale j of 16 that 12 bytes hold (Q3_K): its low bits are a nibble of byte j mod 8, low nibbles first,
     * and its upper two a pair of byte 8 + j mod 4, lowest pairs first.
     */
    public static int scale16(long packed, int j) {
        int low = Memory.unsignedByteAt(packed + j % 8) >>> (j < 8 ? 0 : 4) & 15;
        int high = Memory.unsignedByteAt(packed + 8 + j % 4) >>> 2 * (j / 4) & 3;
        return low | high << 4;
    }

    /** The 6-bit scale j of 8 of IQ4_XS: bit pair j of two bytes above nibble j of the four that follow. */
    public static int scaleOfNibbles(long packed, int j) {
        int low = Memory.unsignedByteAt(packed + 2 + j / 2) >>> 4 * (j % 2) & 15;
        int high = Memory.shortAt(packed) >>> 2 * j & 3;
        return low | high << 4;
    }
}
