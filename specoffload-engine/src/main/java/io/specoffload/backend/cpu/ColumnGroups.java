package io.specoffload.backend.cpu;

/** Columns divided into as few groups as there may be, which differ by at most one column in size. Reused; not thread-safe. */
public final class ColumnGroups {

    private int columns;
    private int groups;

    /**
     * Divides anew.
     *
     * @param count columns, at least 1
     * @param most columns of a group
     */
    public void divide(int count, int most) {
        columns = count;
        groups = Math.ceilDiv(count, most);
    }

    /** How many groups there are. */
    public int count() {
        return groups;
    }

    /** The first column of a group; behind the last group, the number of columns. */
    public int start(int group) {
        return (int) ((long) columns * group / groups);
    }

    /** Columns of a group. */
    public int size(int group) {
        return start(group + 1) - start(group);
    }

    /** Columns of the largest group. */
    public int widest() {
        return Math.ceilDiv(columns, groups);
    }
}
