package io.specoffload.backend.cpu.x86;

import static io.specoffload.backend.cpu.x86.Assembler.Reg.R10;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.R11;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.R8;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RDI;

import io.specoffload.backend.cpu.x86.Assembler.Mem;
import io.specoffload.tensor.DType;
import java.util.List;

/** The formats of {@link WeightCode}; their layouts are those of the scalar formats. */
final class WeightCodes {

    private WeightCodes() {}

    /** Each format's codes, those with the longest steps first. */
    static List<List<WeightCode>> all() {
        return List.of(
                List.of(new F32(2), new F32(1)),
                List.of(new F16(2), new F16(1)),
                List.of(new Q8_0(2), new Q8_0(1)),
                List.of(new Q4_0(2), new Q4_0(1)),
                List.of(new Q4_K()));
    }

    /** Floats as they are. */
    record F32(int groups) implements WeightCode {

        @Override
        public DType type() {
            return DType.F32;
        }

        @Override
        public int stepWeights() {
            return 32 * groups;
        }

        @Override
        public int stepBytes() {
            return 128 * groups;
        }

        @Override
        public int registers() {
            return 0;
        }

        @Override
        public int registersPerRow() {
            return 0;
        }

        @Override
        public void begin(Assembler code, Mem row, Mem scratch, int first, int t, int u) {}

        @Override
        public void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target) {
            code.loadFloats(target, row.plus(64 * vector));
        }
    }

    /** IEEE 754 binary16. */
    record F16(int groups) implements WeightCode {

        @Override
        public DType type() {
            return DType.F16;
        }

        @Override
        public int stepWeights() {
            return 32 * groups;
        }

        @Override
        public int stepBytes() {
            return 64 * groups;
        }

        @Override
        public int registers() {
            return 0;
        }

        @Override
        public int registersPerRow() {
            return 0;
        }

        @Override
        public void begin(Assembler code, Mem row, Mem scratch, int first, int t, int u) {}

        @Override
        public void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target) {
            code.halvesToFloats(target, row.plus(32 * vector));
        }
    }

    /** Blocks of a float16 scale and 32 bytes. */
    record Q8_0(int groups) implements WeightCode {

        @Override
        public DType type() {
            return DType.Q8_0;
        }

        @Override
        public int stepWeights() {
            return 32 * groups;
        }

        @Override
        public int stepBytes() {
            return 34 * groups;
        }

        @Override
        public int registers() {
            return 0;
        }

        @Override
        public int registersPerRow() {
            return 1;
        }

        @Override
        public void begin(Assembler code, Mem row, Mem scratch, int first, int t, int u) {}

        @Override
        public void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target) {
            Mem block = row.plus(34 * (vector / 2));
            if (vector % 2 == 0) {
                code.broadcastShort(first, block);
                code.halvesToFloats(first, first);
            }
            code.signedBytes(target, block.plus(2 + 16 * (vector % 2)));
            code.integersToFloats(target, target);
            code.multiply(target, target, first);
        }
    }

    /** Blocks of a float16 scale and 16 bytes, whose low halves are the first 16 weights. */
    record Q4_0(int groups) implements WeightCode {

        @Override
        public DType type() {
            return DType.Q4_0;
        }

        @Override
        public int stepWeights() {
            return 32 * groups;
        }

        @Override
        public int stepBytes() {
            return 18 * groups;
        }

        @Override
        public int registers() {
            return 1;
        }

        @Override
        public int registersPerRow() {
            return 1;
        }

        @Override
        public int[][] constants() {
            int[] numbers = new int[16];
            for (int i = 0; i < 16; i++) {
                numbers[i] = Float.floatToRawIntBits(i - 8);
            }
            return new int[][] {numbers};
        }

        @Override
        public void begin(Assembler code, Mem row, Mem scratch, int first, int t, int u) {}

        @Override
        public void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target) {
            Mem block = row.plus(18 * (vector / 2));
            if (vector % 2 == 0) {
                code.broadcastShort(first, block);
                code.halvesToFloats(first, first);
                code.multiply(first, first, constants);
            }
            code.unsignedBytes(target, block.plus(2));
            if (vector % 2 == 1) {
                code.shiftRight(target, target, 4);
            }
            code.lookUp(target, target, first);
        }
    }

    /** Super-blocks of 256: two float16 factors, 8 scales and 8 minimums of 6 bits, and 128 bytes. */
    record Q4_K() implements WeightCode {

        @Override
        public DType type() {
            return DType.Q4_K;
        }

        @Override
        public int stepWeights() {
            return 256;
        }

        @Override
        public int stepBytes() {
            return 144;
        }

        @Override
        public int registers() {
            return 1;
        }

        @Override
        public int registersPerRow() {
            return 1;
        }

        /** The numbers of a nibble, and what their scales need. */
        @Override
        public int[][] constants() {
            int[] numbers = new int[16];
            for (int i = 0; i < 16; i++) {
                numbers[i] = Float.floatToRawIntBits(i);
            }
            int[][] scales = SuperBlockCode.constants();
            return new int[][] {numbers, scales[0], scales[1]};
        }

        @Override
        public void begin(Assembler code, Mem row, Mem scratch, int first, int t, int u) {
            SuperBlockCode.scales(code, row, scratch, 128, first, t, u);
        }

        @Override
        public void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target) {
            int group = vector / 2;
            if (vector % 2 == 0) {
                code.broadcastFloat(first, scratch.plus(4 * group));
                code.multiplyAddOne(first, constants, scratch.plus(32 + 4 * group));
            }
            code.unsignedBytes(target, row.plus(16 + 32 * (group / 2) + 16 * (vector % 2)));
            if (group % 2 == 1) {
                code.shiftRight(target, target, 4);
            }
            code.lookUp(target, target, first);
        }
    }

    /** What Q4_K and Q5_K share. */
    static final class SuperBlockCode {

        private static final int LOW_SIX = 0x3f3f3f3f;
        private static final int UPPER_TWO = 0x30303030;
        private static final int LOW_FOUR = 0x0f0f0f0f;

        private SuperBlockCode() {}

        /** Where the factors of 8 scales and 8 minimums lie among the super-block's float16 values, and the minimums' signs. */
        static int[][] constants() {
            int[][] constants = new int[2][16];
            for (int i = 8; i < 16; i++) {
                constants[0][i] = 1;
                constants[1][i] = 0x80000000;
            }
            return constants;
        }

        /**
         * 8 scales times the first factor, then 8 minimums times the negative second one, to scratch.
         *
         * @param at offset of {@link #constants} among the constants
         */
        static void scales(Assembler code, Mem row, Mem scratch, int at, int v, int t, int u) {
            // bytes 0 to 3 and 4 to 7 have six bits of the first four and the upper two of the others
            code.loadInt(R8, row.plus(4));
            code.moveInt(R11, R8);
            code.loadInt(R10, row.plus(12));
            code.and(R10, LOW_FOUR);
            join(code);
            code.fromGeneral(v, R8);
            code.loadInt(R8, row.plus(8));
            code.moveInt(R11, R8);
            code.loadInt(R10, row.plus(12));
            code.shiftRightInt(R10, 4);
            code.and(R10, LOW_FOUR);
            join(code);
            code.insertUpper(v, v, R8);
            code.unsignedBytes(v, v);
            code.integersToFloats(v, v);
            code.load(R11, Mem.at(RDI, Arguments.CONSTANTS));
            code.loadFloats(t, Mem.at(R11, at));
            code.halvesToFloats(u, row);
            code.lookUp(u, t, u);
            code.xor(u, u, Mem.at(R11, at + 64));
            code.multiply(v, v, u);
            code.storeFloats(scratch, v);
        }

        /** R8 = 8 values of six bits, from R8 = R11 and the lower four bits in R10. */
        private static void join(Assembler code) {
            code.and(R8, LOW_SIX);
            code.shiftRightInt(R11, 2);
            code.and(R11, UPPER_TWO);
            code.or(R11, R10);
            code.shiftLeft(R11, 32);
            code.or(R8, R11);
        }
    }
}
