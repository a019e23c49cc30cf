package io.specoffload.store;

import io.specoffload.format.TensorIndex;
import io.specoffload.store.StreamPlan.RowPiece;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Fills units of equal size with rows of matrices, in the order of their use. */
final class UnitPacker {

    /** Kernels compute panels of so many rows; a matrix is divided between panels. */
    static final int PANEL_ROWS = 16;

    /** No piece is smaller than this share of a unit unless its matrix ends there: each is a product of its own. */
    private static final int LEAST_SHARE = 8;

    private final long unitBytes;
    private final int alignment;
    private final List<StreamUnit> units = new ArrayList<>();
    private final Map<String, List<RowPiece>> pieces = new LinkedHashMap<>();
    private final List<StreamUnit.Extent> open = new ArrayList<>();
    private long used;

    /**
     * @param unitBytes memory of a unit
     * @param alignment of reads
     */
    UnitPacker(long unitBytes, int alignment) {
        this.unitBytes = unitBytes;
        this.alignment = alignment;
    }

    /** The least memory that a unit needs to take any part of a matrix. */
    static long leastBytes(TensorIndex.Entry matrix, int alignment) {
        long rows = Math.min(PANEL_ROWS, matrix.shape().rows());
        return StreamUnit.paddedBytes(rows * rowBytes(matrix), alignment);
    }

    private static long rowBytes(TensorIndex.Entry matrix) {
        return matrix.type().bytesFor(matrix.shape().extent(0));
    }

    /**
     * Adds a matrix, or rows of it.
     *
     * @param rows whatever streams, as a matrix of its own
     * @param first the whole matrix's number of its first row
     */
    void add(TensorIndex.Entry rows, int first) {
        List<RowPiece> own = pieces.computeIfAbsent(rows.name(), name -> new ArrayList<>());
        int total = rows.shape().rows();
        for (int from = 0; from < total; ) {
            int count = fitting(rows, total - from);
            if (count == 0) {
                flush();
                count = fitting(rows, total - from);
            }
            if (count == 0) {
                throw new IllegalArgumentException(
                        "units of " + unitBytes + " bytes; " + rows.name() + " needs " + leastBytes(rows, alignment));
            }
            own.add(new RowPiece(units.size(), first + from, count));
            StreamUnit.Extent extent = new StreamUnit.Extent(
                    rows.name(), rows.part(), rows.offset() + from * rowBytes(rows), count * rowBytes(rows));
            open.add(extent);
            used += extent.padded(alignment);
            from += count;
        }
    }

    /** Rows that the open unit takes: all that are left, or whole panels that are worth a piece, or none. */
    private int fitting(TensorIndex.Entry matrix, int left) {
        long room = (unitBytes & -alignment) - used;
        if (StreamUnit.paddedBytes(left * rowBytes(matrix), alignment) <= room) {
            return left;
        }
        long panels = Math.max(0, room - alignment) / (PANEL_ROWS * rowBytes(matrix));
        boolean worth = open.isEmpty() || panels * PANEL_ROWS * rowBytes(matrix) * LEAST_SHARE >= unitBytes;
        return worth ? Math.toIntExact(panels * PANEL_ROWS) : 0;
    }

    private void flush() {
        if (!open.isEmpty()) {
            units.add(new StreamUnit(open, alignment));
            open.clear();
            used = 0;
        }
    }

    /** Everything that was added, in units. */
    List<StreamUnit> units() {
        flush();
        return units;
    }

    /** Where the rows of each matrix are. */
    Map<String, List<RowPiece>> pieces() {
        return pieces;
    }
}
