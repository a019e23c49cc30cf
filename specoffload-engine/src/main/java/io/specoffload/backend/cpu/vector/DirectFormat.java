package io.specoffload.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;

/** A format whose weights {@link DirectLoops} decode in registers, without writing them to memory. */
interface DirectFormat extends VectorFormat {

    /**
     * Decodes what {@link #weights} needs of a row beside its elements, where doing so there would be slow.
     *
     * @param row address
     * @param columns elements of the row
     * @param scales receives it from {@code offset}, at most one float per 16 elements
     */
    default void prepare(long row, int columns, float[] scales, int offset) {}

    /**
     * Vector {@code step} of the {@code group}-th 32 elements of a row: the same floats as {@link #decode}'s.
     *
     * @param row address
     * @param scales what {@link #prepare} made of the row, from {@code offset}
     */
    FloatVector weights(long row, int group, int step, float[] scales, int offset);
}
