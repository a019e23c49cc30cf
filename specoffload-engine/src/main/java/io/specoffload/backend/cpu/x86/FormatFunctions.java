package io.specoffload.backend.cpu.x86;

import io.specoffload.backend.cpu.x86.DotKernel.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.jspecify.annotations.Nullable;

/** The functions of one format, each written when it is first needed. Not thread-safe; functions may be called by any thread. */
final class FormatFunctions {

    /** Which elements of the last vector of four sums are the results. */
    private static final int[] RESULT_LANES = Constants.integers(i -> 4 * i & 15);

    private final WeightCode weights;
    private final MemorySegment constants;
    private final @Nullable MachineFunction[] products =
            new MachineFunction[8 * (DotKernel.MOST_ROWS + 1) * (DotKernel.MOST_COLUMNS + 1)];
    private final int[] tileRows = new int[DotKernel.MOST_COLUMNS + 1];
    private @Nullable MachineFunction decoder;
    private boolean checked;

    FormatFunctions(WeightCode weights) {
        this.weights = weights;
        for (int columns = 1; columns < tileRows.length; columns++) {
            tileRows[columns] = DotKernel.mostRows(weights, columns);
        }
        int[][] own = weights.constants();
        constants = Arena.ofAuto().allocate(64L * (own.length + 1), 64);
        MemorySegment.copy(RESULT_LANES, 0, constants, ValueLayout.JAVA_INT, 0, RESULT_LANES.length);
        for (int i = 0; i < own.length; i++) {
            MemorySegment.copy(own[i], 0, constants, ValueLayout.JAVA_INT, 64L * (i + 1), own[i].length);
        }
    }

    WeightCode weights() {
        return weights;
    }

    /** Whether its results were compared with the definition: see {@link SelfCheck}. */
    boolean isChecked() {
        return checked;
    }

    void setChecked() {
        checked = true;
    }

    /** The address of {@link Arguments#CONSTANTS}. */
    long constants() {
        return constants.address();
    }

    /** Rows of a tile with so many columns. */
    int tileRows(int columns) {
        return tileRows[columns];
    }

    /** The function for a {@link Shape}, whose parts these are: asking for it takes no memory. */
    MachineFunction product(int rows, int columns, boolean continues, boolean ends, boolean fetches) {
        int flags = (continues ? 1 : 0) | (ends ? 2 : 0) | (fetches ? 4 : 0);
        int index = (flags * (DotKernel.MOST_ROWS + 1) + rows) * (DotKernel.MOST_COLUMNS + 1) + columns;
        MachineFunction product = products[index];
        if (product == null) {
            Shape shape = new Shape(rows, columns, continues, ends, fetches);
            product = MachineFunction.of(DotKernel.write(weights, shape));
            products[index] = product;
        }
        return product;
    }

    /** See {@link DecodeKernel}. */
    MachineFunction decoder() {
        MachineFunction known = decoder;
        if (known == null) {
            known = MachineFunction.of(DecodeKernel.write(weights));
            decoder = known;
        }
        return known;
    }
}
