package io.specoffload.template;

import java.util.AbstractList;
import java.util.List;

/** Python's {@code range}. */
record Range(long start, long stop, long step) {

    /** Number of elements. */
    long length() {
        if (step > 0) {
            return start < stop ? (stop - start - 1) / step + 1 : 0;
        }
        return start > stop ? (start - stop - 1) / -step + 1 : 0;
    }

    /** The elements; not modifiable. */
    List<Object> items() {
        int size = Math.toIntExact(length());
        return new AbstractList<>() {
            @Override
            public Object get(int index) {
                return start + step * index;
            }

            @Override
            public int size() {
                return size;
            }
        };
    }
}
