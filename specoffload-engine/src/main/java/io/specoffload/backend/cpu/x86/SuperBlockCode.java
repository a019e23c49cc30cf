package io.specoffload.backend.cpu.x86;

import static io.specoffload.backend.cpu.x86.Assembler.Reg.R10;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.R11;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.R8;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RDI;

import io.specoffload.backend.cpu.x86.Assembler.Mem;
import io.specoffload.tensor.DType;

/** Formats of blocks of 256 weights, whose scales are quantized too. */
final class SuperBlockCode {

    private static final int WEIGHTS = 256;

    private SuperBlockCode() {}

    /** Two float16 factors, 8 scales and 8 minimums of 6 bits, and 128 bytes. */
    static final class Q4_K extends WeightCode {

        private final boolean kept;

        Q4_K(boolean kept) {
            super(new Layout(DType.Q4_K, WEIGHTS, 144, 18, 1, kept ? 3 : 1));
            this.kept = kept;
        }

        /** With one column there are registers to keep bytes in, until their upper halves are needed. */
        @Override
        WeightCode forColumns(int columns) {
            return new Q4_K(columns == 1);
        }

        @Override
        int[][] constants() {
            return new int[][] {Constants.floats(i -> i), SixBitScales.FACTORS, SixBitScales.SIGNS};
        }

        @Override
        void begin(Assembler code, Mem row, Mem scratch, int first, int t, int u) {
            SixBitScales.write(code, row, scratch, 1, first, t, u);
        }

        /** The 16 values that a group's weights can have are one vector, in which halves of bytes are looked up. */
        @Override
        void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target) {
            int group = vector / 2;
            if (vector % 2 == 0) {
                code.broadcastFloat(first, SixBitScales.scale(scratch, group));
                code.multiplyThenAddOne(first, constants, SixBitScales.minimum(scratch, group));
            }
            int bytes = kept ? first + 1 + vector % 2 : target;
            if (!kept || group % 2 == 0) {
                code.unsignedBytes(bytes, row.plus(16 + 32 * (group / 2) + 16 * (vector % 2)));
            }
            if (group % 2 == 1) {
                code.shiftRight(bytes, bytes, 4);
            }
            code.lookUp(target, bytes, first);
        }
    }

    /** As Q4_K, with 32 bytes of fifth bits before the others: bit g of each belongs to the g-th group of 32. */
    static final class Q5_K extends WeightCode {

        Q5_K() {
            super(new Layout(DType.Q5_K, WEIGHTS, 176, 18, 3, 1));
        }

        /** What a lower half stands for, and a fifth bit. */
        @Override
        int[][] constants() {
            return new int[][] {
                Constants.floats(i -> i), Constants.floats(i -> 16 * (i & 1)), SixBitScales.FACTORS, SixBitScales.SIGNS
            };
        }

        @Override
        void loadConstants(Assembler code, int at, int first) {
            code.loadFloats(first, Mem.at(at, 64));
            code.loadFloats(first + 1, Mem.at(at, 128));
        }

        @Override
        void begin(Assembler code, Mem row, Mem scratch, int first, int t, int u) {
            SixBitScales.write(code, row, scratch, 2, first, t, u);
        }

        @Override
        void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target) {
            int group = vector / 2;
            int upper = constants + 2;
            if (vector % 2 == 0) {
                code.broadcastFloat(first, SixBitScales.scale(scratch, group));
            }
            code.unsignedBytes(target, row.plus(48 + 32 * (group / 2) + 16 * (vector % 2)));
            if (group % 2 == 1) {
                code.shiftRight(target, target, 4);
            }
            code.lookUp(target, target, constants);
            code.unsignedBytes(upper, row.plus(16 + 16 * (vector % 2)));
            if (group > 0) {
                code.shiftRight(upper, upper, group);
            }
            code.lookUp(upper, upper, constants + 1);
            code.addFloats(target, target, upper);
            code.multiplyThenAddOne(target, first, SixBitScales.minimum(scratch, group));
        }
    }

    /** 128 bytes of lower halves, 64 bytes of upper bit pairs, 16 signed scales and a float16 factor; see the scalar format. */
    static final class Q6_K extends WeightCode {

        Q6_K() {
            super(new Layout(DType.Q6_K, WEIGHTS, 210, 18, 3, 0));
        }

        /** What a lower half stands for, and two upper bits. */
        @Override
        int[][] constants() {
            return new int[][] {Constants.floats(i -> i), Constants.floats(i -> 16 * (i & 3) - 32)};
        }

        @Override
        void begin(Assembler code, Mem row, Mem scratch, int first, int t, int u) {
            code.signedBytes(t, row.plus(192));
            code.integersToFloats(t, t);
            // four values of float16 that end with the factor: what lies behind it is another row's, or nobody's
            code.load(R8, row.plus(202));
            code.shiftRight64(R8, 48);
            code.fromGeneral(u, R8);
            code.halfToFloat(u, u);
            code.broadcastFloat(u, u);
            code.multiply(t, t, u);
            code.storeFloats(scratch, t);
        }

        @Override
        void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target) {
            int half = vector / 8;
            int group = vector / 2 % 4;
            int upper = constants + 2;
            code.unsignedBytes(target, row.plus(64 * half + 32 * (group % 2) + 16 * (vector % 2)));
            if (group > 1) {
                code.shiftRight(target, target, 4);
            }
            code.lookUp(target, target, constants);
            code.unsignedBytes(upper, row.plus(128 + 32 * half + 16 * (vector % 2)));
            if (group > 0) {
                code.shiftRight(upper, upper, 2 * group);
            }
            code.lookUp(upper, upper, constants + 1);
            code.addFloats(target, target, upper);
            code.multiplyByOne(target, target, scratch.plus(4 * (8 * half + 2 * group + vector % 2)));
        }
    }

    /** The 8 scales and 8 minimums of six bits that Q4_K and Q5_K share, behind two float16 factors. */
    private static final class SixBitScales {

        /** Which of the factors scales and minimums are multiplied by, and the minimums' signs. */
        static final int[] FACTORS = Constants.integers(i -> i / 8);

        static final int[] SIGNS = Constants.integers(i -> i < 8 ? 0 : 0x80000000);

        private static final int LOW_SIX = 0x3f3f3f3f;
        private static final int UPPER_TWO = 0x30303030;
        private static final int LOW_FOUR = 0x0f0f0f0f;

        private SixBitScales() {}

        static Mem scale(Mem scratch, int group) {
            return scratch.plus(4 * group);
        }

        /** A negative minimum. */
        static Mem minimum(Mem scratch, int group) {
            return scratch.plus(32 + 4 * group);
        }

        /**
         * 8 scales times the first factor, then 8 minimums times the negative second one, to scratch.
         *
         * @param at which of the format's constants {@link #FACTORS} are; {@link #SIGNS} follow
         */
        static void write(Assembler code, Mem row, Mem scratch, int at, int v, int t, int u) {
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
            code.loadFloats(t, Mem.at(R11, 64 * (at + 1)));
            code.halvesToFloats(u, row);
            code.lookUp(u, t, u);
            code.xor(u, u, Mem.at(R11, 64 * (at + 2)));
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
