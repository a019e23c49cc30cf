package io.specoffload.tensor;

import java.util.Locale;
import java.util.Optional;

/**
 * An element type of a stored tensor, with the block layout of the GGUF specification: {@code blockSize} consecutive
 * elements of a row are stored in {@code blockBytes} bytes.
 */
public enum DType {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    IQ4_NL(20, 32, 18),
    IQ4_XS(23, 256, 136),
    BF16(30, 1, 2),
    MXFP4(39, 32, 17);

    private final int ggmlId;
    private final int blockSize;
    private final int blockBytes;

    DType(int ggmlId, int blockSize, int blockBytes) {
        this.ggmlId = ggmlId;
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
    }

    /** The type's number in a GGUF tensor table. */
    public int ggmlId() {
        return ggmlId;
    }

    /** Elements per block. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes per block. */
    public int blockBytes() {
        return blockBytes;
    }

    /** Whether elements are plain floats (blocks of one). */
    public boolean isFloat() {
        return blockSize == 1;
    }

    /**
     * Bytes that {@code elements} take.
     *
     * @throws IllegalArgumentException if they do not fill whole blocks
     * @throws ArithmeticException if the result exceeds a long
     */
    public long bytesFor(long elements) {
        if (elements < 0 || elements % blockSize != 0) {
            throw new IllegalArgumentException(
                    elements + " elements do not fill whole " + this + " blocks of " + blockSize);
        }
        return Math.multiplyExact(elements / blockSize, (long) blockBytes);
    }

    /** The type with this GGUF number, if it is one of these. */
    public static Optional<DType> byGgmlId(int id) {
        for (DType type : values()) {
            if (type.ggmlId == id) {
                return Optional.of(type);
            }
        }
        return Optional.empty();
    }

    /** The type of this name, in any case. */
    public static DType parse(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT));
    }
}
