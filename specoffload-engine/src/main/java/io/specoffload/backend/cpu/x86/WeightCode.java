package io.specoffload.backend.cpu.x86;

import io.specoffload.backend.cpu.x86.Assembler.Mem;
import io.specoffload.tensor.DType;

/** Writes the code that makes floats of a format's weights, 16 at a time. */
interface WeightCode {

    DType type();

    /** Weights of a step of the loop: a multiple of 32 that divides rows. */
    int stepWeights();

    /** Bytes of these weights. */
    int stepBytes();

    /** Registers that keep their values through all steps. */
    int registers();

    /** Registers of each row that keep their values through a step. */
    int registersPerRow();

    /** What {@link #loadConstants} loads, 16 elements each, as floats or their bits. */
    default int[][] constants() {
        return new int[0][];
    }

    /**
     * Before all steps.
     *
     * @param at a register with the address of constants, of which the first 64 bytes are others'
     * @param first the first of {@link #registers}
     */
    default void loadConstants(Assembler code, int at, int first) {
        for (int i = 0; i < registers(); i++) {
            code.loadFloats(first + i, Mem.at(at, 64 * (i + 1)));
        }
    }

    /**
     * Before the weights of a step. Keeps to registers R8, R10 and R11 of the general ones, and to its own vectors.
     *
     * @param row where they lie
     * @param scratch 64 bytes
     * @param first the first of {@link #registersPerRow}
     * @param t a register to use until then
     * @param u another one
     */
    void begin(Assembler code, Mem row, Mem scratch, int first, int t, int u);

    /**
     * 16 weights to {@code target}. Called in ascending order of {@code vector}.
     *
     * @param constants the first of {@link #registers}
     * @param vector which 16 of the step
     */
    void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target);
}
