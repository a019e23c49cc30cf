package io.specoffload.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;

/** A format whose weights {@link DirectLoops} decode in registers, without writing them to memory. */
interface DirectFormat extends VectorFormat {

    /** Bytes of 32 elements where they lie apart from others; 0 if {@link #weights} wants to know the row. */
    int groupBytes();

    /**
     * Columns up to which {@link #weights} may be called four times in a loop, before anything else: it takes so few operations
     * that the compiler still inlines all of them.
     */
    default int lightColumns() {
        return 0;
    }

    /** What results are to be multiplied by: a power of two, where {@link #weights} are smaller than they should be (see {@link RawIntegers}). */
    default float factor() {
        return 1;
    }

    /**
     * The scale of 32 elements that lie apart from others, for {@link #weights}: read once for all their vectors.
     *
     * @param block address of the group
     */
    default float scale(long block) {
        return 1;
    }

    /** Whether {@link #prepare} does anything. */
    default boolean isPrepared() {
        return false;
    }

    /**
     * Decodes what {@link #weights} needs of two rows beside their elements, where doing so there would be slow.
     *
     * @param first address of a row
     * @param second address of another one
     * @param columns elements of each row
     * @param scales receives it from {@code offset} and {@code secondOffset}, at most one float per 16 elements
     */
    default void prepare(long first, long second, int columns, float[] scales, int offset, int secondOffset) {}

    /**
     * Vector {@code step} of the {@code group}-th 32 elements of a row: the same floats as {@link #decode}'s, divided by {@link #factor}.
     *
     * @param at address of the group, or of the row if {@link #groupBytes} is 0
     * @param scale the group's {@link #scale}
     * @param scales what {@link #prepare} made of the row, from {@code offset}
     */
    FloatVector weights(long at, int group, int step, float scale, float[] scales, int offset);
}
