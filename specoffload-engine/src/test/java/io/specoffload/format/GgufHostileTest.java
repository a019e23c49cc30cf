package io.specoffload.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each way in which a file may lie, and the field and offset that the refusal names. */
class GgufHostileTest {

    private static final int F32 = DType.F32.ggmlId();
    private static final int UINT32 = GgufType.UINT32.ordinal();
    private static final int ARRAY = GgufType.ARRAY.ordinal();
    private static final int STRING = GgufType.STRING.ordinal();

    @TempDir
    Path folder;

    @Test
    void everyTruncationIsRefused() throws IOException {
        byte[] bytes = GgufSample.bytes(folder);
        // the last tensor is 48 bytes, padded to 64: the padding may be missing
        for (int length = 0; length < bytes.length - 16; length++) {
            refused(java.util.Arrays.copyOf(bytes, length), " at offset ");
        }
    }

    @Test
    void otherFilesAreRefused() throws IOException {
        refused(new byte[0], "magic at offset 0", "the file ends at 0");
        refused("PK\3\4 and so on, as zip files go".getBytes(java.nio.charset.StandardCharsets.US_ASCII), "not a GGUF");
        refused(version(1), "version at offset 4", "version 1 is not supported");
        refused(version(0), "version 0 is not supported");
        refused(version(3 << 24), "big-endian");
    }

    @Test
    void countsAreCheckedBeforeTheyAreUsed() throws IOException {
        refused(new HostileHeader(Long.MAX_VALUE, 0).withData(64), "tensor count at offset 8");
        refused(new HostileHeader(-1, 0).withData(64), "tensor count at offset 8", "18446744073709551615");
        refused(new HostileHeader(0, 1000).withData(64), "metadata count at offset 16", "1000 entries");
        refused(new HostileHeader(3, 0).withData(64), "tensor count");
    }

    @Test
    void lengthsAreCheckedBeforeTheyAreUsed() throws IOException {
        refused(
                new HostileHeader(0, 1).i64(1L << 62).withData(64),
                "metadata key 0 at offset 24",
                "4611686018427387904");
        refused(new HostileHeader(0, 1).i64(0).withData(64), "name is empty");
        refused(
                new HostileHeader(0, 1).string("k").i32(STRING).i64(-8).withData(64),
                "metadata k at offset 37",
                "18446744073709551608");
        refused(
                new HostileHeader(0, 1)
                        .string("k")
                        .i32(ARRAY)
                        .i32(UINT32)
                        .i64(1L << 61)
                        .withData(64),
                "metadata k at offset 41",
                "2305843009213693952 elements");
        refused(
                new HostileHeader(0, 1)
                        .string("k")
                        .i32(ARRAY)
                        .i32(STRING)
                        .i64(12)
                        .withData(64),
                "12 elements, but at most");
        refused(new HostileHeader(0, 1).i64(2).i8(0xC3).i8(0x28).i32(0).withData(64), "not UTF-8");
    }

    @Test
    void valuesOutOfTheirRangeAreRefused() throws IOException {
        refused(new HostileHeader(0, 1).string("k").i32(13).withData(64), "metadata k at offset 33", "value type 13");
        refused(new HostileHeader(0, 1).string("k").i32(-1).withData(64), "value type 4294967295");
        refused(
                new HostileHeader(0, 1)
                        .string("k")
                        .i32(GgufType.BOOL.ordinal())
                        .i8(2)
                        .withData(64),
                "boolean must be 0 or 1");
        refused(
                new HostileHeader(0, 1)
                        .string("k")
                        .i32(GgufType.UINT64.ordinal())
                        .i64(-1)
                        .withData(64),
                "18446744073709551615 is out of range");
        HostileHeader nested = new HostileHeader(0, 1).string("k").i32(ARRAY);
        for (int i = 0; i < 50; i++) {
            nested.i32(ARRAY).i64(1);
        }
        refused(nested.i32(UINT32).i64(0).withData(64), "nested deeper than 4");
        refused(
                new HostileHeader(0, 2)
                        .string("k")
                        .i32(UINT32)
                        .i32(1)
                        .string("k")
                        .i32(UINT32)
                        .i32(1)
                        .withData(64),
                "the key k occurs twice");
    }

    @Test
    void alignmentMustBeAPowerOfTwo() throws IOException {
        for (int alignment : new int[] {0, 3, 33, 1 << 30, -1}) {
            refused(
                    new HostileHeader(0, 1)
                            .string("general.alignment")
                            .i32(UINT32)
                            .i32(alignment)
                            .withData(64),
                    "general.alignment",
                    Integer.toUnsignedString(alignment),
                    "power of two");
        }
    }

    @Test
    void shapesAreChecked() throws IOException {
        refused(new HostileHeader(1, 0).string("t").i32(0).withData(64), "tensor t at offset 33", "0 dimensions");
        refused(new HostileHeader(1, 0).string("t").i32(5).withData(64), "5 dimensions");
        refused(tensor(F32, 0, 0), "tensor t at offset 37", "extent 0 is 0");
        refused(tensor(F32, 0, 4, -1), "extent 1 is 18446744073709551615");
        refused(tensor(F32, 0, 1L << 31), "extent 0 is 2147483648");
        refused(tensor(F32, 0, 1, 1 << 20, 1 << 20), "too large together");
        refused(tensor(F32, 0, 1, 1 << 30, 1 << 30, 1 << 30), "too large together");
        refused(tensor(F32, 0, Integer.MAX_VALUE, Integer.MAX_VALUE), "do not lie within");
        refused(tensor(DType.Q4_0.ggmlId(), 0, 16, 2), "tensor t", "whole Q4_0 blocks of 32");
    }

    @Test
    void dataMustLieWithinTheFile() throws IOException {
        accepted(tensor(F32, 0, 16));
        refused(tensor(F32, 0, 17), "tensor t at offset 24", "do not lie within the 64 bytes");
        refused(tensor(F32, 32, 16), "data offset 32");
        refused(tensor(F32, -32, 4), "data offset 18446744073709551584");
        refused(tensor(F32, Long.MAX_VALUE - 31, 4), "do not lie within");
        refused(tensor(F32, 16, 4), "data offset 16 is not a multiple of 32");
        refused(new HostileHeader(1, 0).tensor("t", F32, 0, 1).withoutData(), "within the 0 bytes of data");
    }

    @Test
    void overlappingAndRepeatedTensorsAreRefused() throws IOException {
        refused(
                new HostileHeader(2, 0)
                        .tensor("b", F32, 0, 16)
                        .tensor("a", F32, 32, 4)
                        .withData(64),
                "tensor a at offset",
                "overlaps tensor b");
        refused(
                new HostileHeader(2, 0)
                        .tensor("b", F32, 0, 4)
                        .tensor("a", F32, 0, 4)
                        .withData(64),
                "overlaps");
        refused(
                new HostileHeader(2, 0)
                        .tensor("a", F32, 0, 4)
                        .tensor("a", F32, 32, 4)
                        .withData(64),
                "tensor 1 at offset",
                "the name a occurs twice");
        accepted(new HostileHeader(2, 0)
                .tensor("b", F32, 32, 4)
                .tensor("a", F32, 0, 8)
                .withData(64));
    }

    @Test
    void unknownTypesAreNamedByNumberWithTheSupportedOnes() throws IOException {
        refused(tensor(16, 0, 4), "tensor t", "type 16 is not supported", "F32, F16, Q4_0", "MXFP4");
        refused(tensor(-1, 0, 4), "type 4294967295");
        GgufHeader header = GgufHeader.read(Files.write(folder.resolve("t.gguf"), tensor(16, 0, 4)));
        assertThat(header.tensors()).singleElement().extracting(t -> t.typeId()).isEqualTo(16);
    }

    private static byte[] version(int version) {
        byte[] bytes = new HostileHeader(0, 0).withData(0);
        java.nio.ByteBuffer.wrap(bytes).order(java.nio.ByteOrder.LITTLE_ENDIAN).putInt(4, version);
        return bytes;
    }

    /** A file of one tensor, called t, and 64 bytes of data. */
    private static byte[] tensor(int type, long offset, long... extents) {
        return new HostileHeader(1, 0).tensor("t", type, offset, extents).withData(64);
    }

    private void accepted(byte[] bytes) throws IOException {
        try (GgufFile file = GgufFile.open(Files.write(folder.resolve("h.gguf"), bytes))) {
            assertThat(file.tensors()).isNotEmpty();
        }
    }

    private void refused(byte[] bytes, String... parts) throws IOException {
        Path path = Files.write(folder.resolve("h.gguf"), bytes);
        assertThatThrownBy(() -> GgufFile.open(path).close())
                .isInstanceOf(ModelFormatException.class)
                .hasMessageStartingWith("h.gguf: ")
                .message()
                .contains(parts);
    }
}
