package io.specoffload.backend.cpu.x86;

import static io.specoffload.backend.cpu.x86.Assembler.Reg.RCX;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RDI;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RDX;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RSI;

import io.specoffload.backend.cpu.x86.Assembler.Mem;

/** Writes the function that makes floats of weights that lie one behind the other, to {@link Arguments#RESULTS}, and fetches what follows them. */
final class DecodeKernel {

    /** Bytes that memory is fetched ahead. */
    private static final int AHEAD = 4096;

    private DecodeKernel() {}

    /** The function's machine code. */
    static byte[] write(WeightCode weights) {
        Assembler code = new Assembler();
        int own = 0;
        int constants = own + weights.layout().registersPerRow();
        int t = constants + weights.layout().registers();
        int u = t + 1;
        Mem row = Mem.at(RSI, 0);
        Mem scratch = Mem.at(RDI, Arguments.ROW_SCRATCH);
        code.load(RCX, Mem.at(RDI, Arguments.CONSTANTS));
        weights.loadConstants(code, RCX, constants);
        code.load(RSI, Mem.at(RDI, Arguments.ROWS));
        code.load(RDX, Mem.at(RDI, Arguments.RESULTS));
        code.load(RCX, Mem.at(RDI, Arguments.STEPS));
        int step = code.here();
        for (int at = 0; at < weights.layout().stepBytes(); at += 64) {
            code.prefetch(row.plus(AHEAD + at));
        }
        weights.begin(code, row, scratch, own, t, u);
        for (int vector = 0; vector < weights.layout().stepWeights() / 16; vector++) {
            weights.decode(code, row, scratch, own, constants, vector, t);
            code.storeFloats(Mem.at(RDX, 64 * vector), t);
        }
        code.add(RSI, weights.layout().stepBytes());
        code.add(RDX, weights.layout().stepWeights() * Float.BYTES);
        code.decrement(RCX);
        code.jumpIfNotZero(step);
        code.zeroUpper();
        code.ret();
        return code.code();
    }
}
