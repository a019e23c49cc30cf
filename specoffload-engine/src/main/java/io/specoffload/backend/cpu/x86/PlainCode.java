package io.specoffload.backend.cpu.x86;

import io.specoffload.backend.cpu.x86.Assembler.Mem;
import io.specoffload.tensor.DType;

/** Formats whose weights lie in order, each in bytes of its own. */
final class PlainCode {

    private PlainCode() {}

    /** Floats as they are. */
    static final class F32 extends WeightCode {

        private final boolean decoded;

        F32(int groups) {
            this(groups, false);
        }

        /**
         * Code for floats.
         *
         * @param decoded whether they were made of another format's weights, and lie in the cache
         */
        F32(int groups, boolean decoded) {
            super(new Layout(DType.F32, 32 * groups, 128 * groups, Integer.MAX_VALUE, 0, 0));
            this.decoded = decoded;
        }

        /** The next weights to be decoded are smaller than floats. */
        @Override
        int fetchedBytes(int rows) {
            return decoded ? 64 * rows : super.fetchedBytes(rows);
        }

        @Override
        void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target) {
            code.loadFloats(target, row.plus(64 * vector));
        }
    }

    /** IEEE 754 binary16. */
    static final class F16 extends WeightCode {

        F16(int groups) {
            super(new Layout(DType.F16, 32 * groups, 64 * groups, Integer.MAX_VALUE, 0, 0));
        }

        @Override
        void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target) {
            code.halvesToFloats(target, row.plus(32 * vector));
        }
    }

    /** The upper halves of floats. */
    static final class Bf16 extends WeightCode {

        Bf16(int groups) {
            super(new Layout(DType.BF16, 32 * groups, 64 * groups, Integer.MAX_VALUE, 0, 0));
        }

        @Override
        void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target) {
            code.unsignedShorts(target, row.plus(32 * vector));
            code.shiftLeft(target, target, 16);
        }
    }

    /** Blocks of a float16 scale and 32 bytes. */
    static final class Q8_0 extends WeightCode {

        Q8_0(int groups) {
            super(new Layout(DType.Q8_0, 32 * groups, 34 * groups, 48, 0, 1));
        }

        @Override
        void decode(Assembler code, Mem row, Mem scratch, int first, int constants, int vector, int target) {
            Mem block = row.plus(34 * (vector / 2));
            if (vector % 2 == 0) {
                code.halfToFloat(first, block);
                code.broadcastFloat(first, first);
            }
            code.signedBytes(target, block.plus(2 + 16 * (vector % 2)));
            code.integersToFloats(target, target);
            code.multiply(target, target, first);
        }
    }
}
