package io.specoffload.backend.cpu.x86;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What a function is told: its only argument is the address of this, which it also uses as scratch. For one thread. */
final class Arguments {

    // offsets of numbers of 64 bits

    /** The address of the first row. The function changes it. */
    static final int ROWS = 0;

    /** From one row to the next. */
    static final int ROW_BYTES = 8;

    /** How often to multiply so many rows. The function changes it. */
    static final int TILES = 16;

    /** The address of activations, [elements / 32][columns][32] floats. */
    static final int ACTIVATIONS = 24;

    /** Steps of the weights' code in a row. */
    static final int STEPS = 32;

    /** The address that results go to: columns of rows. The function changes it. */
    static final int RESULTS = 40;

    /** The address of partial sums, tile by tile. */
    static final int SUMS = 48;

    /** The address of constants: vectors of 64 bytes. */
    static final int CONSTANTS = 56;

    /** The address of memory to fetch. */
    static final int NEXT = 64;

    /** From one column of results to the next. */
    static final int RESULT_BYTES = 72;

    /** 64 bytes for each row of a tile. */
    static final int ROW_SCRATCH = 128;

    private static final int BYTES = ROW_SCRATCH + 64 * DotKernel.MOST_ROWS;

    private final MemorySegment memory = Arena.ofAuto().allocate(BYTES, 64);

    long address() {
        return memory.address();
    }

    void set(int offset, long value) {
        memory.set(ValueLayout.JAVA_LONG, offset, value);
    }
}
