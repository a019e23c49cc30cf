package io.specoffload.backend.cpu.x86;

import io.specoffload.backend.cpu.x86.Assembler.Mem;
import io.specoffload.tensor.DType;
import java.util.List;

/** Writes the code that makes floats of a format's weights, 16 at a time. Layouts are those of the scalar formats. Immutable. */
abstract class WeightCode {

    /**
     * What the code's surroundings need to know.
     *
     * @param type of the weights
     * @param stepWeights of a step of the loop: a multiple of 32 that divides rows
     * @param stepBytes that these weights take
     * @param panelColumns columns of activations from which it pays to decode rows to floats once for all, instead of in registers for each
     *     group of columns
     * @param registers that keep their values through all steps
     * @param registersPerRow registers of each row that keep their values through a step
     */
    record Layout(DType type, int stepWeights, int stepBytes, int panelColumns, int registers, int registersPerRow) {}

    private final Layout layout;

    WeightCode(Layout layout) {
        this.layout = layout;
    }

    /** Each format's codes, those with the longest steps first. */
    static List<List<WeightCode>> all() {
        return List.of(
                List.of(new PlainCode.F32(2), new PlainCode.F32(1)),
                List.of(new PlainCode.F16(2), new PlainCode.F16(1)),
                List.of(new PlainCode.Bf16(2), new PlainCode.Bf16(1)),
                List.of(new PlainCode.Q8_0(2), new PlainCode.Q8_0(1)),
                List.of(NibbleCode.q4_0(2), NibbleCode.q4_0(1)),
                List.of(NibbleCode.q4_1(2), NibbleCode.q4_1(1)),
                List.of(NibbleCode.iq4_NL(2), NibbleCode.iq4_NL(1)),
                List.of(new SuperBlockCode.Q4_K(false)),
                List.of(new SuperBlockCode.Q5_K()),
                List.of(new SuperBlockCode.Q6_K()));
    }

    final Layout layout() {
        return layout;
    }

    /** The code to use with so many columns: with few, bytes that two vectors are made of may stay in registers. */
    WeightCode forColumns(int columns) {
        return this;
    }

    /** Bytes to fetch in each step: as many as it uses, where what follows is of the same kind. */
    int fetchedBytes(int rows) {
        return rows * layout.stepBytes();
    }

    /** Vectors of 16 elements, as floats or their bits: first those that {@link #loadConstants} loads. */
    int[][] constants() {
        return new int[0][];
    }

    /**
     * Before all steps.
     *
     * @param at a register with the address of constants, of which the first 64 bytes are others'
     * @param first the first of {@link Layout#registers}
     */
    void loadConstants(Assembler code, int at, int first) {
        int count = Math.min(layout.registers(), constants().length);
        for (int i = 0; i < count; i++) {
            code.loadFloats(first + i, Mem.at(at, 64 * (i + 1)));
        }
    }

    /**
     * Before the weights of a step. Keeps to registers R8, R10 and R11 of the general ones, and to its own vectors.
     *
     * @param row where they lie
     * @param scratch 64 bytes
     * @param first the first of {@link Layout#registersPerRow}
     * @param t a register to use until then
     * @param u another one
     */
    void begin(Assembler code, Mem row, Mem scratch, int first, int t, int u) {}

    /**
     * 16 weights to {@code target}. Called in ascending order of {@code vector}.
     *
     * @param constants the first of {@link Layout#registers}
     * @param vector which 16 of the step
     */
    abstract void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target);
}
