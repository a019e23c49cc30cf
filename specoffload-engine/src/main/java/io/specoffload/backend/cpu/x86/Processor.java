package io.specoffload.backend.cpu.x86;

import static io.specoffload.backend.cpu.x86.Assembler.Reg.RAX;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RBX;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RCX;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RDI;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RDX;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.backend.cpu.x86.Assembler.Mem;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;

/** What the processor says of itself (the CPUID instruction), asked in machine code. */
final class Processor {

    private static final int OSXSAVE = 1 << 27;
    private static final int FMA = 1 << 12;

    /** AVX512F, DQ, BW and VL in the second register of leaf 7. */
    private static final int AVX512 = 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31;

    /** Vector registers of all kinds are kept by the operating system. */
    private static final int STATE = 0xE6;

    // leaves that describe caches in the same way: the lowest bits of the first register are the kind, 0 behind the
    // last one
    private static final int CACHES_AMD = 0x8000001D;
    private static final int CACHES_INTEL = 4;
    private static final int MOST_CACHES = 8;
    private static final int KIND = 0x1f;
    private static final int INSTRUCTIONS = 2;

    private static final long SMALLEST_FIRST = 32 << 10;
    private static final long SMALLEST_SECOND = 512 << 10;

    private Processor() {}

    /**
     * Whether this is an x86-64 processor with the instructions that the kernels use.
     *
     * @throws UnsupportedOperationException where the system or the JVM does not allow code of our own, or is not Linux
     */
    static boolean hasAvx512() {
        if (!ManagementFactory.getOperatingSystemMXBean().getArch().equals("amd64")) {
            return false;
        }
        MachineFunction leaf = MachineFunction.of(leaf());
        MachineFunction state = MachineFunction.of(state());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment registers = arena.allocate(16, 16);
            if (ask(leaf, registers, 0, 0) < 7) {
                return false;
            }
            ask(leaf, registers, 1, 0);
            int first = registers.get(ValueLayout.JAVA_INT, 8);
            if ((first & OSXSAVE) == 0 || (first & FMA) == 0) {
                return false;
            }
            ask(leaf, registers, 7, 0);
            if ((registers.get(ValueLayout.JAVA_INT, 4) & AVX512) != AVX512) {
                return false;
            }
            state.call(registers.address());
            return (registers.get(ValueLayout.JAVA_INT, 0) & STATE) == STATE;
        }
    }

    /**
     * A core's caches.
     *
     * @param first bytes of the first-level cache for data
     * @param second bytes of the second-level cache
     */
    record Caches(long first, long second) {}

    /** The caches as the processor describes them, or the smallest there are beside AVX-512. */
    static Caches caches() {
        MachineFunction leaf = MachineFunction.of(leaf());
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment registers = arena.allocate(16, 16);
            int leafOfCaches = CACHES_INTEL;
            if (Integer.compareUnsigned(ask(leaf, registers, CACHES_AMD & 0x80000000, 0), CACHES_AMD) >= 0
                    && (ask(leaf, registers, CACHES_AMD, 0) & KIND) != 0) {
                leafOfCaches = CACHES_AMD;
            }
            long[] bytes = {0, SMALLEST_FIRST, SMALLEST_SECOND};
            for (int part = 0; part < MOST_CACHES; part++) {
                int description = ask(leaf, registers, leafOfCaches, part);
                int kind = description & KIND;
                int level = description >> 5 & 7;
                if (kind == 0) {
                    break;
                }
                if (kind != INSTRUCTIONS && level >= 1 && level < bytes.length) {
                    long shape = Integer.toUnsignedLong(registers.get(ValueLayout.JAVA_INT, 4));
                    long sets = Integer.toUnsignedLong(registers.get(ValueLayout.JAVA_INT, 8)) + 1;
                    bytes[level] = ((shape >> 22) + 1) * ((shape >> 12 & 0x3ff) + 1) * ((shape & 0xfff) + 1) * sets;
                }
            }
            return new Caches(bytes[1], bytes[2]);
        }
    }

    private static int ask(MachineFunction leaf, MemorySegment registers, int number, int part) {
        registers.set(ValueLayout.JAVA_INT, 0, number);
        registers.set(ValueLayout.JAVA_INT, 8, part);
        leaf.call(registers.address());
        return Memory.intAt(registers.address());
    }

    /** RAX, RBX, RCX and RDX in the order of the manual, each with 32 bits; the first and third are the question. */
    private static byte[] leaf() {
        Assembler code = new Assembler();
        code.push(RBX);
        code.loadInt(RAX, Mem.at(RDI, 0));
        code.loadInt(RCX, Mem.at(RDI, 8));
        code.cpuid();
        code.storeInt(Mem.at(RDI, 0), RAX);
        code.storeInt(Mem.at(RDI, 4), RBX);
        code.storeInt(Mem.at(RDI, 8), RCX);
        code.storeInt(Mem.at(RDI, 12), RDX);
        code.pop(RBX);
        code.ret();
        return code.code();
    }

    private static byte[] state() {
        Assembler code = new Assembler();
        code.moveImmediate(RCX, 0);
        code.xgetbv();
        code.storeInt(Mem.at(RDI, 0), RAX);
        code.ret();
        return code.code();
    }
}
