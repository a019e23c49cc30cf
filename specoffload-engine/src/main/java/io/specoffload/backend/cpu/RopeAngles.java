package io.specoffload.backend.cpu;

import io.specoffload.backend.RopeTable;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The cosines and sines of one batch of positions and one table, kept until either changes: every layer of a pass
 * rotates by the same angles. Computed in double precision. Not thread-safe.
 */
final class RopeAngles {

    private @Nullable RopeTable table;
    private int[] positions = {};
    private int rows;
    private float[] cosines = {};
    private float[] sines = {};

    /** Whether these are the angles of the first n positions. */
    boolean are(RopeTable wanted, int[] wantedPositions, int n) {
        return wanted.equals(table) && rows == n && Arrays.equals(positions, 0, n, wantedPositions, 0, n);
    }

    /** Computes the angles of the first n positions. */
    void compute(RopeTable newTable, int[] newPositions, int n) {
        float[] frequencies = newTable.frequencies();
        int pairs = frequencies.length;
        if (positions.length < n) {
            positions = new int[n];
        }
        if (cosines.length < n * pairs) {
            cosines = new float[n * pairs];
            sines = new float[n * pairs];
        }
        table = newTable;
        rows = n;
        System.arraycopy(newPositions, 0, positions, 0, n);
        for (int r = 0; r < n; r++) {
            for (int i = 0; i < pairs; i++) {
                double angle = (double) positions[r] * frequencies[i];
                cosines[r * pairs + i] = (float) (Math.cos(angle) * newTable.magnitude());
                sines[r * pairs + i] = (float) (Math.sin(angle) * newTable.magnitude());
            }
        }
    }

    /** [n][pairs]. */
    float[] cosines() {
        return cosines;
    }

    /** [n][pairs]. */
    float[] sines() {
        return sines;
    }
}
