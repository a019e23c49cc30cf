package io.specoffload.backend.cpu;

/** The 16 unevenly spaced levels of the IQ4 formats, denser around zero, where weights are. */
final class NonLinear4 {

    private static final byte[] LEVELS = {
        -127, -104, -83, -65, -49, -35, -22, -10, 1, 13, 25, 38, 53, 69, 89, 113
    };

    private NonLinear4() {}

    /** Decodes 32 elements from 16 bytes: elements 0-15 in the low nibbles, 16-31 in the high ones. */
    static void decode(long address, float scale, float[] out, int offset) {
        for (int i = 0; i < 16; i++) {
            int q = Memory.unsignedByteAt(address + i);
            out[offset + i] = scale * LEVELS[q & 15];
            out[offset + 16 + i] = scale * LEVELS[q >>> 4];
        }
    }
}
