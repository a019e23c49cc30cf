package io.specoffload.backend.cpu.x86;

import io.specoffload.backend.cpu.FourBitTables;
import io.specoffload.backend.cpu.x86.Assembler.Mem;
import io.specoffload.tensor.DType;
import java.util.function.IntUnaryOperator;

/**
 * Blocks of 32: a float16 scale, with some formats a float16 minimum, and 16 bytes, whose low halves are the first 16 weights. The 16 values that a block's
 * weights can have are computed as one vector, in which halves of bytes are looked up.
 */
final class NibbleCode extends WeightCode {

    private final DType type;
    private final int groups;
    private final boolean hasMinimum;
    private final IntUnaryOperator numbers;
    private final boolean kept;

    private NibbleCode(DType type, int groups, boolean hasMinimum, IntUnaryOperator numbers, boolean kept) {
        super(new Layout(
                type, 32 * groups, blockBytes(hasMinimum) * groups, 24, 1 + (hasMinimum ? 1 : 0), kept ? 2 : 1));
        this.type = type;
        this.groups = groups;
        this.hasMinimum = hasMinimum;
        this.numbers = numbers;
        this.kept = kept;
    }

    static NibbleCode q4_0(int groups) {
        return new NibbleCode(DType.Q4_0, groups, false, i -> i - 8, false);
    }

    static NibbleCode q4_1(int groups) {
        return new NibbleCode(DType.Q4_1, groups, true, i -> i, false);
    }

    static NibbleCode iq4_NL(int groups) {
        return new NibbleCode(DType.IQ4_NL, groups, false, FourBitTables::nonLinear, false);
    }

    private static int blockBytes(boolean hasMinimum) {
        return hasMinimum ? 20 : 18;
    }

    /** With one column there are registers to keep bytes in, until their upper halves are needed. */
    @Override
    NibbleCode forColumns(int columns) {
        return new NibbleCode(type, groups, hasMinimum, numbers, columns == 1);
    }

    @Override
    int[][] constants() {
        return new int[][] {Constants.floats(numbers)};
    }

    @Override
    void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target) {
        Mem block = row.plus(blockBytes(hasMinimum) * (vector / 2));
        if (vector % 2 == 0) {
            code.halfToFloat(first, block);
            code.broadcastFloat(first, first);
            if (hasMinimum) {
                int minimum = constants + 1;
                code.halfToFloat(minimum, block.plus(2));
                code.broadcastFloat(minimum, minimum);
                code.multiplyThenAdd(first, constants, minimum);
            } else {
                code.multiply(first, first, constants);
            }
        }
        int bytes = kept ? first + 1 : target;
        if (!kept || vector % 2 == 0) {
            code.unsignedBytes(bytes, block.plus(hasMinimum ? 4 : 2));
        }
        if (vector % 2 == 1) {
            code.shiftRight(bytes, bytes, 4);
        }
        code.lookUp(target, bytes, first);
    }
}
