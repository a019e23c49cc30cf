package io.specoffload.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Several matrices in one that comes in pieces. */
class MatrixRowsTest {

    private static final int ROWS = 40;

    /** Each element is the number of its row; pieces begin with rows 0, 16 and 32. */
    private static final class Pieces implements LentMatrix {
        private final List<Integer> closed = new ArrayList<>();

        @Override
        public String name() {
            return "fused";
        }

        @Override
        public int columns() {
            return 2;
        }

        @Override
        public int rows() {
            return ROWS;
        }

        @Override
        public int pieces() {
            return 3;
        }

        @Override
        public int firstRow(int piece) {
            return Math.min(16 * piece, ROWS);
        }

        @Override
        public Lease<Tensor> piece(int piece) {
            int first = firstRow(piece);
            int rows = firstRow(piece + 1) - first;
            MemorySegment data = Arena.ofAuto().allocate(8L * rows, 4);
            for (int i = 0; i < 2 * rows; i++) {
                data.setAtIndex(ValueLayout.JAVA_FLOAT, i, first + i / 2);
            }
            Tensor tensor = new Tensor("fused", DType.F32, new Shape(2, rows), data);
            return new Lease<>() {
                @Override
                public Tensor weights() {
                    return tensor;
                }

                @Override
                public void close() {
                    closed.add(piece);
                }
            };
        }
    }

    private static List<Integer> rows(LentMatrix matrix) {
        List<Integer> rows = new ArrayList<>();
        for (int piece = 0; piece < matrix.pieces(); piece++) {
            assertThat(matrix.firstRow(piece)).isEqualTo(rows.size());
            try (Lease<Tensor> lease = matrix.piece(piece)) {
                for (int row = 0; row < lease.weights().rows(); row++) {
                    rows.add((int) lease.weights().data().getAtIndex(ValueLayout.JAVA_FLOAT, 2L * row));
                }
            }
        }
        assertThat(matrix.firstRow(matrix.pieces())).isEqualTo(rows.size());
        return rows;
    }

    /** A piece in which one ends and the next begins is given back once, when the last of its rows was used. */
    @Test
    void viewsTogetherUseEveryPieceOnce() {
        for (int first = 1; first < ROWS - 1; first++) {
            for (int second = first + 1; second < ROWS; second++) {
                Pieces whole = new Pieces();
                List<Integer> all = new ArrayList<>();
                int[] ends = {0, first, second, ROWS};
                for (int i = 0; i < 3; i++) {
                    List<Integer> rows = rows(whole.rows(ends[i], ends[i + 1] - ends[i]));
                    assertThat(rows).hasSize(ends[i + 1] - ends[i]);
                    all.addAll(rows);
                    int end = ends[i + 1];
                    assertThat(whole.closed).allMatch(piece -> whole.firstRow(piece + 1) <= end);
                }
                assertThat(all).isSorted().doesNotHaveDuplicates().hasSize(ROWS);
                assertThat(whole.closed).containsExactly(0, 1, 2);
            }
        }
    }

    @Test
    void rowsThatAreNotThereAreRefused() {
        assertThatThrownBy(() -> new Pieces().rows(30, 11))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no rows 30 to 40");
    }
}
