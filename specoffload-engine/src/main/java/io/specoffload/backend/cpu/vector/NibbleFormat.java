package io.specoffload.backend.cpu.vector;

import jdk.incubator.vector.IntVector;

/**
 * A format of which bytes hold an element of one group of 32 in their lower halves and one of the next group in their upper halves, so that {@link DirectLoops}
 * decodes both groups in one step where vectors have 16 lanes. What {@link #prepare} gives them then is four floats for each two groups: the factor of the lower
 * nibbles, that of the upper ones where they are, and for both what is to be added, all as {@link RawIntegers} wants it.
 */
interface NibbleFormat extends DirectFormat {

    /**
     * 16 bytes of two groups, as integers.
     *
     * @param row address of the row
     * @param group the first group's number, even
     * @param step 0 for elements 0-15 of both groups, 1 for 16-31
     */
    IntVector nibbles(long row, int group, int step);
}
