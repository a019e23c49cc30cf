package io.specoffload.backend.cpu.x86;

import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/** Vectors of 16 elements that machine code loads from memory. */
final class Constants {

    private Constants() {}

    /** The bits of whole numbers as floats. */
    static int[] floats(IntUnaryOperator numbers) {
        return IntStream.range(0, 16)
                .map(i -> Float.floatToRawIntBits(numbers.applyAsInt(i)))
                .toArray();
    }

    static int[] integers(IntUnaryOperator numbers) {
        return IntStream.range(0, 16).map(numbers).toArray();
    }
}
