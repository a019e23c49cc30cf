package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.PeakLoops;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;

/** Ten independent sums keep both multiply-add units of a core busy; four streams of loads keep its memory busy. */
public final class VectorPeakLoops implements PeakLoops {

    private static final int SUMS = 10;

    @Override
    public long multiplyAdd(int rounds) {
        FloatVector factor = FloatVector.broadcast(F, 0.999f);
        FloatVector addend = FloatVector.broadcast(F, 0.001f);
        FloatVector a0 = FloatVector.broadcast(F, 1);
        FloatVector a1 = a0.add(1);
        FloatVector a2 = a0.add(2);
        FloatVector a3 = a0.add(3);
        FloatVector a4 = a0.add(4);
        FloatVector a5 = a0.add(5);
        FloatVector a6 = a0.add(6);
        FloatVector a7 = a0.add(7);
        FloatVector a8 = a0.add(8);
        FloatVector a9 = a0.add(9);
        for (int i = 0; i < rounds; i++) {
            a0 = factor.fma(addend, a0);
            a1 = factor.fma(addend, a1);
            a2 = factor.fma(addend, a2);
            a3 = factor.fma(addend, a3);
            a4 = factor.fma(addend, a4);
            a5 = factor.fma(addend, a5);
            a6 = factor.fma(addend, a6);
            a7 = factor.fma(addend, a7);
            a8 = factor.fma(addend, a8);
            a9 = factor.fma(addend, a9);
        }
        FloatVector sum = a0.add(a1)
                .add(a2)
                .add(a3)
                .add(a4)
                .add(a5)
                .add(a6)
                .add(a7)
                .add(a8)
                .add(a9);
        // the sums stay positive: asking keeps the loop alive
        return sum.lane(0) > 0 ? 2L * SUMS * L * rounds : 0;
    }

    @Override
    public float sum(long address, long bytes) {
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = a0;
        FloatVector a2 = a0;
        FloatVector a3 = a0;
        long end = address + bytes;
        for (long at = address; at < end; at += 16L * L) {
            a0 = a0.add(load(at));
            a1 = a1.add(load(at + 4L * L));
            a2 = a2.add(load(at + 8L * L));
            a3 = a3.add(load(at + 12L * L));
        }
        return a0.add(a1).add(a2.add(a3)).lane(0);
    }

    private static FloatVector load(long at) {
        return FloatVector.fromMemorySegment(F, Memory.ALL, at, ByteOrder.LITTLE_ENDIAN);
    }
}
