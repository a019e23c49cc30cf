package io.specoffload.backend.cpu.x86;

import java.util.Arrays;

/**
 * Writes machine code for x86-64: the few instructions that the kernels consist of, with vectors of 512 bits. Registers are numbers
 * from 0, general ones in the order of the processor's manual ({@link Reg}), and each instruction's first operand is its target.
 * Encodings: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, sections 2.1 to 2.3 and 2.7.
 */
final class Assembler {

    /** General registers. A function leaves RBX and RBP as they were and may overwrite the others, but for RSP. */
    static final class Reg {
        static final int RAX = 0;
        static final int RCX = 1;
        static final int RDX = 2;
        static final int RBX = 3;
        static final int RSP = 4;
        static final int RBP = 5;
        static final int RSI = 6;
        static final int RDI = 7;
        static final int R8 = 8;
        static final int R9 = 9;
        static final int R10 = 10;
        static final int R11 = 11;

        private Reg() {}
    }

    private static final int NO_INDEX = -1;

    /**
     * An operand in memory: {@code base + index * scale + displacement}.
     *
     * @param index a register other than RSP, or -1 for none
     * @param scale 1, 2, 4 or 8
     */
    record Mem(int base, int index, int scale, int displacement) {

        static Mem at(int base, int displacement) {
            return new Mem(base, NO_INDEX, 1, displacement);
        }

        Mem plus(int bytes) {
            return new Mem(base, index, scale, displacement + bytes);
        }
    }

    // prefixes that select an opcode's table, and those in front of it, as EVEX numbers them
    private static final int MAP_0F = 1;
    private static final int MAP_0F38 = 2;
    private static final int MAP_0F3A = 3;
    private static final int NO_PREFIX = 0;
    private static final int PREFIX_66 = 1;
    private static final int BITS_128 = 0;
    private static final int BITS_512 = 2;

    private byte[] code = new byte[4096];
    private int size;

    /** The code so far. */
    byte[] code() {
        return Arrays.copyOf(code, size);
    }

    /** Where the next instruction begins, for jumps back to it. */
    int here() {
        return size;
    }

    private void put(int value) {
        if (size == code.length) {
            code = Arrays.copyOf(code, 2 * size);
        }
        code[size++] = (byte) value;
    }

    private void putInt(int value) {
        for (int shift = 0; shift < 32; shift += 8) {
            put(value >> shift);
        }
    }

    // general registers, 64 bits

    void push(int reg) {
        requireLow(reg);
        put(0x50 + reg);
    }

    void pop(int reg) {
        requireLow(reg);
        put(0x58 + reg);
    }

    private static void requireLow(int reg) {
        if (reg > 7) {
            throw new IllegalArgumentException("register " + reg + " is not among the first 8");
        }
    }

    void ret() {
        put(0xC3);
    }

    void move(int target, int source) {
        rexW(source, NO_INDEX, target);
        put(0x89);
        put(0xC0 | (source & 7) << 3 | target & 7);
    }

    void load(int target, Mem source) {
        general(true, 0x8B, target, source);
    }

    void store(Mem target, int source) {
        general(true, 0x89, source, target);
    }

    /** Of 32 bits; the upper half becomes 0. */
    void loadInt(int target, Mem source) {
        general(false, 0x8B, target, source);
    }

    void storeInt(Mem target, int source) {
        general(false, 0x89, source, target);
    }

    /** Of 32 bits; the upper half becomes 0. */
    void moveImmediate(int target, int value) {
        rex(false, 0, NO_INDEX, target);
        put(0xB8 | target & 7);
        putInt(value);
    }

    /** The address of an operand in memory. */
    void address(int target, Mem source) {
        general(true, 0x8D, target, source);
    }

    void add(int target, int value) {
        immediate(true, 0, target, value);
    }

    void addRegister(int target, int source) {
        rexW(source, NO_INDEX, target);
        put(0x01);
        put(0xC0 | (source & 7) << 3 | target & 7);
    }

    /** Subtracts 1; {@link #jumpIfNotZero} looks at the result. */
    void decrement(int target) {
        rexW(0, NO_INDEX, target);
        put(0xFF);
        put(0xC8 | target & 7);
    }

    /** Of 64 bits in memory. */
    void decrement(Mem target) {
        general(true, 0xFF, 1, target);
    }

    void jumpIfNotZero(int to) {
        put(0x0F);
        put(0x85);
        putInt(to - (size + 4));
    }

    /** Of 32 bits. */
    void moveInt(int target, int source) {
        rex(false, source, NO_INDEX, target);
        put(0x89);
        put(0xC0 | (source & 7) << 3 | target & 7);
    }

    /** Of 32 bits. */
    void and(int target, int value) {
        immediate(false, 4, target, value);
    }

    void or(int target, int source) {
        rexW(source, NO_INDEX, target);
        put(0x09);
        put(0xC0 | (source & 7) << 3 | target & 7);
    }

    /** Of 32 bits. */
    void shiftRightInt(int target, int bits) {
        rex(false, 0, NO_INDEX, target);
        put(0xC1);
        put(0xE8 | target & 7);
        put(bits);
    }

    /** Of 64 bits. */
    void shiftLeft(int target, int bits) {
        rexW(0, NO_INDEX, target);
        put(0xC1);
        put(0xE0 | target & 7);
        put(bits);
    }

    /** Of 64 bits. */
    void shiftRight64(int target, int bits) {
        rexW(0, NO_INDEX, target);
        put(0xC1);
        put(0xE8 | target & 7);
        put(bits);
    }

    void cpuid() {
        put(0x0F);
        put(0xA2);
    }

    /** The processor state that the operating system keeps, to RDX and RAX. */
    void xgetbv() {
        put(0x0F);
        put(0x01);
        put(0xD0);
    }

    /** Reads a line ahead, to all caches. */
    void prefetch(Mem source) {
        rex(false, 0, source.index, source.base);
        put(0x0F);
        put(0x18);
        operand(1, source, 1);
    }

    // vectors of 512 bits

    void loadFloats(int target, Mem source) {
        vector(BITS_512, NO_PREFIX, MAP_0F, false, 0x10, target, 0, source, 64, false);
    }

    void storeFloats(Mem target, int source) {
        vector(BITS_512, NO_PREFIX, MAP_0F, false, 0x11, source, 0, target, 64, false);
    }

    /** Of 4 floats. */
    void storeFloats4(Mem target, int source) {
        vector(BITS_128, NO_PREFIX, MAP_0F, false, 0x11, source, 0, target, 16, false);
    }

    /** Floats 0 and 1 of a register, or 2 and 3. */
    void storeFloats2(Mem target, int source, int pair) {
        vector(BITS_128, NO_PREFIX, MAP_0F, false, pair == 0 ? 0x13 : 0x17, source, 0, target, 8, false);
    }

    /** One of a register's first four floats. */
    void storeFloat(Mem target, int source, int which) {
        vector(BITS_128, PREFIX_66, MAP_0F3A, false, 0x17, source, 0, target, 4, false);
        put(which);
    }

    /** target += a * b. */
    void multiplyAdd(int target, int a, int b) {
        vector(BITS_512, PREFIX_66, MAP_0F38, false, 0xB8, target, a, b);
    }

    /** target += a * b. */
    void multiplyAdd(int target, int a, Mem b) {
        vector(BITS_512, PREFIX_66, MAP_0F38, false, 0xB8, target, a, b, 64, false);
    }

    /** target = target * a + the float at b. */
    void multiplyThenAddOne(int target, int a, Mem b) {
        vector(BITS_512, PREFIX_66, MAP_0F38, false, 0xA8, target, a, b, 4, true);
    }

    /** target = target * a + b. */
    void multiplyThenAdd(int target, int a, int b) {
        vector(BITS_512, PREFIX_66, MAP_0F38, false, 0xA8, target, a, b);
    }

    /** target = a * the float at b. */
    void multiplyByOne(int target, int a, Mem b) {
        vector(BITS_512, NO_PREFIX, MAP_0F, false, 0x59, target, a, b, 4, true);
    }

    void multiply(int target, int a, int b) {
        vector(BITS_512, NO_PREFIX, MAP_0F, false, 0x59, target, a, b);
    }

    void addFloats(int target, int a, int b) {
        vector(BITS_512, NO_PREFIX, MAP_0F, false, 0x58, target, a, b);
    }

    void xor(int target, int a, int b) {
        vector(BITS_512, PREFIX_66, MAP_0F, false, 0xEF, target, a, b);
    }

    void xor(int target, int a, Mem b) {
        vector(BITS_512, PREFIX_66, MAP_0F, false, 0xEF, target, a, b, 64, false);
    }

    /** 16 bytes with their signs to integers. */
    void signedBytes(int target, Mem source) {
        vector(BITS_512, PREFIX_66, MAP_0F38, false, 0x21, target, 0, source, 16, false);
    }

    /** 16 bytes without sign to integers. */
    void unsignedBytes(int target, Mem source) {
        vector(BITS_512, PREFIX_66, MAP_0F38, false, 0x31, target, 0, source, 16, false);
    }

    void unsignedBytes(int target, int source) {
        vector(BITS_512, PREFIX_66, MAP_0F38, false, 0x31, target, 0, source);
    }

    /** 16 integers of 16 bits to ones of 32 bits. */
    void unsignedShorts(int target, Mem source) {
        vector(BITS_512, PREFIX_66, MAP_0F38, false, 0x33, target, 0, source, 32, false);
    }

    void integersToFloats(int target, int source) {
        vector(BITS_512, NO_PREFIX, MAP_0F, false, 0x5B, target, 0, source);
    }

    /** 16 values of float16. */
    void halvesToFloats(int target, Mem source) {
        vector(BITS_512, PREFIX_66, MAP_0F38, false, 0x13, target, 0, source, 32, false);
    }

    /** 4 values of float16, of which the first is looked at. */
    void halfToFloat(int target, Mem source) {
        vector(BITS_128, PREFIX_66, MAP_0F38, false, 0x13, target, 0, source, 8, false);
    }

    /** The lowest 16 bits as a value of float16; what is made of the others does not matter. */
    void halfToFloat(int target, int source) {
        vector(BITS_128, PREFIX_66, MAP_0F38, false, 0x13, target, 0, source);
    }

    /** The first element to each one. */
    void broadcastFloat(int target, int source) {
        vector(BITS_512, PREFIX_66, MAP_0F38, false, 0x18, target, 0, source);
    }

    /** A float to each element. */
    void broadcastFloat(int target, Mem source) {
        vector(BITS_512, PREFIX_66, MAP_0F38, false, 0x18, target, 0, source, 4, false);
    }

    /** The elements of {@code table} that the lowest four bits of {@code indices} name. */
    void lookUp(int target, int indices, int table) {
        vector(BITS_512, PREFIX_66, MAP_0F38, false, 0x16, target, indices, table);
    }

    void shiftRight(int target, int source, int bits) {
        vector(BITS_512, PREFIX_66, MAP_0F, false, 0x72, 2, target, source);
        put(bits);
    }

    void shiftLeft(int target, int source, int bits) {
        vector(BITS_512, PREFIX_66, MAP_0F, false, 0x72, 6, target, source);
        put(bits);
    }

    /** Quarters of 128 bits: two of {@code a}, then two of {@code b}, two bits of {@code choice} each. */
    void shuffleQuarters(int target, int a, int b, int choice) {
        vector(BITS_512, PREFIX_66, MAP_0F3A, false, 0x23, target, a, b);
        put(choice);
    }

    /** Within each 128 bits: two elements of {@code a}, then two of {@code b}, two bits of {@code choice} each. */
    void shuffle(int target, int a, int b, int choice) {
        vector(BITS_512, NO_PREFIX, MAP_0F, false, 0xC6, target, a, b);
        put(choice);
    }

    /** 64 bits of a general register to the lowest 64 bits; the others become 0. */
    void fromGeneral(int target, int source) {
        vector(BITS_128, PREFIX_66, MAP_0F, true, 0x6E, target, 0, source);
    }

    /** {@code a} with 64 bits of a general register as its bits 64 to 127. */
    void insertUpper(int target, int a, int source) {
        vector(BITS_128, PREFIX_66, MAP_0F3A, true, 0x22, target, a, source);
        put(1);
    }

    /** Before returning to code that may use older vector instructions. */
    void zeroUpper() {
        put(0xC5);
        put(0xF8);
        put(0x77);
    }

    // encoding

    private void rexW(int reg, int index, int base) {
        rex(true, reg, index, base);
    }

    private void rex(boolean wide, int reg, int index, int base) {
        int prefix = 0x40 | (wide ? 8 : 0) | (reg > 7 ? 4 : 0) | (index > 7 ? 2 : 0) | (base > 7 ? 1 : 0);
        if (prefix != 0x40) {
            put(prefix);
        }
    }

    private void general(boolean wide, int opcode, int reg, Mem mem) {
        rex(wide, reg, mem.index, mem.base);
        put(opcode);
        operand(reg, mem, 1);
    }

    private void immediate(boolean wide, int operation, int target, int value) {
        rex(wide, 0, NO_INDEX, target);
        put(0x81);
        put(0xC0 | operation << 3 | target & 7);
        putInt(value);
    }

    /** With a register as the last operand. */
    private void vector(int width, int prefix, int map, boolean wide, int opcode, int target, int first, int second) {
        evex(width, prefix, map, wide, target, first, second, second >> 4 & 1, false);
        put(opcode);
        put(0xC0 | (target & 7) << 3 | second & 7);
    }

    /**
     * With memory as the last operand.
     *
     * @param unit what a displacement of one byte counts in
     * @param one whether the operand is a single element, for all
     */
    private void vector(
            int width,
            int prefix,
            int map,
            boolean wide,
            int opcode,
            int target,
            int first,
            Mem second,
            int unit,
            boolean one) {
        evex(width, prefix, map, wide, target, first, second.base, second.index > 7 ? 1 : 0, one);
        put(opcode);
        operand(target, second, unit);
    }

    /** Four bytes in front of the opcode; registers' upper bits are inverted. */
    private void evex(
            int width, int prefix, int map, boolean wide, int target, int first, int base, int x, boolean one) {
        put(0x62);
        put((~target & 8) << 4 | (~x & 1) << 6 | (~base & 8) << 2 | (~target & 16) | map);
        put((wide ? 0x80 : 0) | (~first & 15) << 3 | 4 | prefix);
        put(width << 5 | (one ? 0x10 : 0) | (~first & 16) >> 1);
    }

    private void operand(int reg, Mem mem, int unit) {
        boolean small = mem.displacement % unit == 0 && mem.displacement / unit == (byte) (mem.displacement / unit);
        boolean none = mem.displacement == 0 && (mem.base & 7) != Reg.RBP;
        int mode = none ? 0 : small ? 0x40 : 0x80;
        boolean indexed = mem.index != NO_INDEX || (mem.base & 7) == Reg.RSP;
        put(mode | (reg & 7) << 3 | (indexed ? Reg.RSP : mem.base & 7));
        if (indexed) {
            int index = mem.index == NO_INDEX ? Reg.RSP : mem.index;
            put(Integer.numberOfTrailingZeros(mem.scale) << 6 | (index & 7) << 3 | mem.base & 7);
        }
        if (mode == 0x40) {
            put(mem.displacement / unit);
        } else if (mode == 0x80) {
            putInt(mem.displacement);
        }
    }
}
