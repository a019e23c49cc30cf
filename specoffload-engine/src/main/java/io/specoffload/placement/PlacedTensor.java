package io.specoffload.placement;

import io.specoffload.tensor.TensorRole;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a strategy knows of a tensor.
 *
 * @param name the checkpoint's name
 * @param role what it is for
 * @param layer its layer, or -1
 * @param residentBytes memory it takes if it stays
 * @param stagedBytes most memory it takes of a staging buffer if it streams
 * @param rows extent of the outermost dimension: rows of a matrix, experts of a stack
 * @param split how it may be divided, or null if it stays or streams as a whole
 */
public record PlacedTensor(
        String name,
        TensorRole role,
        int layer,
        long residentBytes,
        long stagedBytes,
        long rows,
        @Nullable Split split) {

    /**
     * A matrix whose first rows may stay while the others stream.
     *
     * @param step the number of rows that stay is a multiple of this
     * @param rowBytes bytes of a row
     * @param residentPadding most that the rows that stay take in addition
     * @param stagedPadding most that the rows that stream take in addition
     */
    public record Split(long step, long rowBytes, long residentPadding, long stagedPadding) {}

    /** Memory that the first rows take if they stay. */
    long residentBytes(long stay) {
        if (stay == 0 || stay == rows) {
            return stay == 0 ? 0 : residentBytes;
        }
        Split parts = Objects.requireNonNull(split, name);
        return Math.min(residentBytes, stay * parts.rowBytes() + parts.residentPadding());
    }

    /** Most memory of a staging buffer that the rows behind the first ones take. */
    long stagedBytes(long stay) {
        if (stay == 0 || stay == rows) {
            return stay == 0 ? stagedBytes : 0;
        }
        Split parts = Objects.requireNonNull(split, name);
        return Math.min(stagedBytes, (rows - stay) * parts.rowBytes() + parts.stagedPadding());
    }

    /** The fewest rows that must stay so that the others take no more than so much of a staging buffer. */
    long staying(long stagedLimit) {
        if (stagedBytes <= stagedLimit) {
            return 0;
        }
        if (split == null) {
            return rows;
        }
        long streaming = Math.max(0, (stagedLimit - split.stagedPadding()) / split.rowBytes());
        return Math.min(rows, Math.ceilDiv(rows - Math.min(rows, streaming), split.step()) * split.step());
    }
}
