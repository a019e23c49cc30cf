package io.specoffload.backend.cpu.vector;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.SuperBlocks;

/** The scales of a row's super-blocks as floats, products with the super-block's own scale. */
final class SuperBlockScales {

    private SuperBlockScales() {}

    /** Q4_K and Q5_K: per super-block 8 scales, then 8 minimums. */
    static void scalesAndMinimums(long row, int blockBytes, int blocks, float[] out, int offset) {
        for (int b = 0; b < blocks; b++) {
            long block = row + (long) b * blockBytes;
            spread(SuperBlocks.scales8(block + 4), Memory.halfAt(block), out, offset + 16 * b);
            spread(SuperBlocks.minimums8(block + 4), Memory.halfAt(block + 2), out, offset + 16 * b + 8);
        }
    }

    private static void spread(long bytes, float factor, float[] out, int offset) {
        for (int j = 0; j < 8; j++) {
            out[offset + j] = factor * SuperBlocks.at(bytes, j);
        }
    }

    /** Q6_K: per super-block 16 scales. */
    static void signedScales(long row, int blocks, float[] out, int offset) {
        for (int b = 0; b < blocks; b++) {
            long block = row + 210L * b;
            float d = Memory.halfAt(block + 208);
            for (int j = 0; j < 16; j++) {
                out[offset + 16 * b + j] = d * Memory.byteAt(block + 192 + j);
            }
        }
    }
}
