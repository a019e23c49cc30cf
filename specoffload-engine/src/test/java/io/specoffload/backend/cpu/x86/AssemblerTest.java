package io.specoffload.backend.cpu.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.specoffload.backend.cpu.x86.Assembler.Mem;
import io.specoffload.backend.cpu.x86.Assembler.Reg;
import java.util.HexFormat;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Encodings, as the GNU assembler writes them. */
class AssemblerTest {

    private static Arguments code(String instruction, String bytes, Consumer<Assembler> writes) {
        return Arguments.of(instruction, bytes, writes);
    }

    static Stream<Arguments> instructions() {
        return Stream.of(
                code("push rbx", "53", code -> code.push(Reg.RBX)),
                code("pop rbp", "5d", code -> code.pop(Reg.RBP)),
                code("ret", "c3", code -> code.ret()),
                code("mov r8, rcx", "49 89 c8", code -> code.move(Reg.R8, Reg.RCX)),
                code("mov rax, [rdi+8]", "48 8b 47 08", code -> code.load(Reg.RAX, Mem.at(Reg.RDI, 8))),
                code("mov r11, [rbp]", "4c 8b 5d 00", code -> code.load(Reg.R11, Mem.at(Reg.RBP, 0))),
                code("mov [rdi+320], r9", "4c 89 8f 40 01 00 00", code -> code.store(Mem.at(Reg.RDI, 320), Reg.R9)),
                code(
                        "mov r10d, [rsi+rax*2+12]",
                        "44 8b 54 46 0c",
                        code -> code.loadInt(Reg.R10, new Mem(Reg.RSI, Reg.RAX, 2, 12))),
                code("mov [rsp+4], ebx", "89 5c 24 04", code -> code.storeInt(Mem.at(Reg.RSP, 4), Reg.RBX)),
                code("mov ecx, 7", "b9 07 00 00 00", code -> code.moveImmediate(Reg.RCX, 7)),
                code(
                        "lea rbp, [rax+rax*2]",
                        "48 8d 2c 40",
                        code -> code.address(Reg.RBP, new Mem(Reg.RAX, Reg.RAX, 2, 0))),
                code("add rdx, 768", "48 81 c2 00 03 00 00", code -> code.add(Reg.RDX, 768)),
                code("add r9, 4352", "49 81 c1 00 11 00 00", code -> code.add(Reg.R9, 4352)),
                code("add rsi, rax", "48 01 c6", code -> code.addRegister(Reg.RSI, Reg.RAX)),
                code("dec qword ptr [rdi+16]", "48 ff 4f 10", code -> code.decrement(Mem.at(Reg.RDI, 16))),
                code("mov r11d, r8d", "45 89 c3", code -> code.moveInt(Reg.R11, Reg.R8)),
                code("and r10d, 0x0f0f0f0f", "41 81 e2 0f 0f 0f 0f", code -> code.and(Reg.R10, 0x0f0f0f0f)),
                code("or r11, r10", "4d 09 d3", code -> code.or(Reg.R11, Reg.R10)),
                code("shr r11d, 2", "41 c1 eb 02", code -> code.shiftRightInt(Reg.R11, 2)),
                code("shl r11, 32", "49 c1 e3 20", code -> code.shiftLeft(Reg.R11, 32)),
                code("shr r8, 48", "49 c1 e8 30", code -> code.shiftRight64(Reg.R8, 48)),
                code("cpuid", "0f a2", code -> code.cpuid()),
                code("xgetbv", "0f 01 d0", code -> code.xgetbv()),
                code("prefetcht0 [r9+64]", "41 0f 18 49 40", code -> code.prefetch(Mem.at(Reg.R9, 64))),
                code(
                        "vmovups zmm31, [rdx+128]",
                        "62 61 7c 48 10 7a 02",
                        code -> code.loadFloats(31, Mem.at(Reg.RDX, 128))),
                code(
                        "vmovups zmm3, [rdx+100]",
                        "62 f1 7c 48 10 9a 64 00 00 00",
                        code -> code.loadFloats(3, Mem.at(Reg.RDX, 100))),
                code(
                        "vmovups [rbx+64*23], zmm17",
                        "62 e1 7c 48 11 4b 17",
                        code -> code.storeFloats(Mem.at(Reg.RBX, 64 * 23), 17)),
                code("vmovups [r8], xmm5", "62 d1 7c 08 11 28", code -> code.storeFloats4(Mem.at(Reg.R8, 0), 5)),
                code("vmovlps [r8], xmm9", "62 51 7c 08 13 08", code -> code.storeFloats2(Mem.at(Reg.R8, 0), 9, 0)),
                code(
                        "vmovhps [r8+8], xmm20",
                        "62 c1 7c 08 17 60 01",
                        code -> code.storeFloats2(Mem.at(Reg.R8, 8), 20, 1)),
                code(
                        "vextractps [r8], xmm12, 3",
                        "62 53 7d 08 17 20 03",
                        code -> code.storeFloat(Mem.at(Reg.R8, 0), 12, 3)),
                code("vfmadd231ps zmm8, zmm24, zmm29", "62 12 3d 40 b8 c5", code -> code.multiplyAdd(8, 24, 29)),
                code(
                        "vfmadd231ps zmm23, zmm31, [rdx+rax+192]",
                        "62 e2 05 40 b8 7c 02 03",
                        code -> code.multiplyAdd(23, 31, new Mem(Reg.RDX, Reg.RAX, 1, 192))),
                code("vfmadd213ps zmm6, zmm28, zmm30", "62 92 1d 40 a8 f6", code -> code.multiplyThenAdd(6, 28, 30)),
                code(
                        "vfmadd213ps zmm27, zmm28, [rdi+164]{1to16}",
                        "62 62 1d 50 a8 5f 29",
                        code -> code.multiplyThenAddOne(27, 28, Mem.at(Reg.RDI, 164))),
                code("vmulps zmm1, zmm18, zmm31", "62 91 6c 40 59 cf", code -> code.multiply(1, 18, 31)),
                code(
                        "vmulps zmm22, zmm14, [rdi+132]{1to16}",
                        "62 e1 0c 58 59 77 21",
                        code -> code.multiplyByOne(22, 14, Mem.at(Reg.RDI, 132))),
                code("vaddps zmm0, zmm1, zmm16", "62 b1 74 48 58 c0", code -> code.addFloats(0, 1, 16)),
                code("vpxord zmm25, zmm25, zmm25", "62 01 35 40 ef c9", code -> code.xor(25, 25, 25)),
                code(
                        "vpxord zmm2, zmm2, [r11+192]",
                        "62 d1 6d 48 ef 53 03",
                        code -> code.xor(2, 2, Mem.at(Reg.R11, 192))),
                code(
                        "vpmovsxbd zmm31, [rsi+rbp+18]",
                        "62 62 7d 48 21 bc 2e 12 00 00 00",
                        code -> code.signedBytes(31, new Mem(Reg.RSI, Reg.RBP, 1, 18))),
                code(
                        "vpmovzxbd zmm30, [rsi+rax*2+32]",
                        "62 62 7d 48 31 74 46 02",
                        code -> code.unsignedBytes(30, new Mem(Reg.RSI, Reg.RAX, 2, 32))),
                code("vpmovzxbd zmm4, xmm19", "62 b2 7d 48 31 e3", code -> code.unsignedBytes(4, 19)),
                code(
                        "vpmovzxwd zmm7, [rsi+96]",
                        "62 f2 7d 48 33 7e 03",
                        code -> code.unsignedShorts(7, Mem.at(Reg.RSI, 96))),
                code("vcvtdq2ps zmm17, zmm9", "62 c1 7c 48 5b c9", code -> code.integersToFloats(17, 9)),
                code(
                        "vcvtph2ps zmm31, [rsi+32]",
                        "62 62 7d 48 13 7e 01",
                        code -> code.halvesToFloats(31, Mem.at(Reg.RSI, 32))),
                code(
                        "vcvtph2ps xmm13, [rsi+34]",
                        "62 72 7d 08 13 ae 22 00 00 00",
                        code -> code.halfToFloat(13, Mem.at(Reg.RSI, 34))),
                code("vcvtph2ps xmm28, xmm3", "62 62 7d 08 13 e3", code -> code.halfToFloat(28, 3)),
                code("vbroadcastss zmm29, xmm29", "62 02 7d 48 18 ed", code -> code.broadcastFloat(29, 29)),
                code(
                        "vbroadcastss zmm26, [rdi+140]",
                        "62 62 7d 48 18 57 23",
                        code -> code.broadcastFloat(26, Mem.at(Reg.RDI, 140))),
                code("vpermps zmm31, zmm30, zmm27", "62 02 0d 40 16 fb", code -> code.lookUp(31, 30, 27)),
                code("vpsrld zmm21, zmm11, 4", "62 d1 55 40 72 d3 04", code -> code.shiftRight(21, 11, 4)),
                code("vpslld zmm31, zmm31, 16", "62 91 05 40 72 f7 10", code -> code.shiftLeft(31, 31, 16)),
                code(
                        "vshuff32x4 zmm12, zmm0, zmm23, 0xEE",
                        "62 33 7d 48 23 e7 ee",
                        code -> code.shuffleQuarters(12, 0, 23, 0xEE)),
                code(
                        "vshufps zmm13, zmm12, zmm12, 0x4E",
                        "62 51 1c 48 c6 ec 4e",
                        code -> code.shuffle(13, 12, 12, 0x4E)),
                code("vmovq xmm24, r8", "62 41 fd 08 6e c0", code -> code.fromGeneral(24, Reg.R8)),
                code("vpinsrq xmm24, xmm24, r8, 1", "62 43 bd 00 22 c0 01", code -> code.insertUpper(24, 24, Reg.R8)),
                code("vzeroupper", "c5 f8 77", code -> code.zeroUpper()));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("instructions")
    void instructionsAreEncodedAsTheManualSays(String instruction, String bytes, Consumer<Assembler> writes) {
        Assembler code = new Assembler();
        writes.accept(code);
        assertThat(HexFormat.ofDelimiter(" ").formatHex(code.code())).isEqualTo(bytes);
    }

    @Test
    void jumpsLeadBack() {
        Assembler code = new Assembler();
        code.ret();
        int there = code.here();
        code.decrement(Reg.RCX);
        code.jumpIfNotZero(there);
        assertThat(HexFormat.of().formatHex(code.code())).isEqualTo("c348ffc90f85f7ffffff");
    }

    @Test
    void onlyTheFirstRegistersArePushed() {
        assertThatIllegalArgumentException().isThrownBy(() -> new Assembler().push(Reg.R8));
    }
}
