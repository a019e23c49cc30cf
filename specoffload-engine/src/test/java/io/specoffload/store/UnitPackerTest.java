package io.specoffload.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.format.TensorIndex;
import io.specoffload.store.StreamPlan.RowPiece;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UnitPackerTest {

    private static final int BLOCK = 512;

    private static TensorIndex.Entry matrix(String name, int columns, int rows, long offset) {
        return new TensorIndex.Entry(name, DType.F16, new Shape(columns, rows), 0, offset);
    }

    /** Whatever the matrices: every row is in one unit, in order, and units are no larger than asked for, and well filled. */
    @Test
    void everyRowIsInOneUnitAndUnitsAreFull() {
        Random random = new Random(3);
        for (int run = 0; run < 300; run++) {
            List<TensorIndex.Entry> matrices = new ArrayList<>();
            long offset = 32L * random.nextInt(100);
            long least = 0;
            for (int i = 0; i < 1 + random.nextInt(10); i++) {
                TensorIndex.Entry matrix =
                        matrix("m" + i, 32 * (1 + random.nextInt(20)), 1 + random.nextInt(900), offset);
                matrices.add(matrix);
                least = Math.max(least, UnitPacker.leastBytes(matrix, BLOCK));
                offset += matrix.byteSize() + 32L * random.nextInt(50);
            }
            long unitBytes = least + BLOCK * (long) random.nextInt(400);
            UnitPacker packer = new UnitPacker(unitBytes, BLOCK);
            matrices.forEach(matrix -> packer.add(matrix, 32));
            List<StreamUnit> units = packer.units();

            int unit = 0;
            for (TensorIndex.Entry matrix : matrices) {
                int next = 32;
                for (RowPiece piece : packer.pieces().get(matrix.name())) {
                    assertThat(piece.from()).isEqualTo(next);
                    assertThat(piece.unit()).isBetween(unit, unit + 1);
                    unit = piece.unit();
                    next += piece.rows();
                    boolean end = next == 32 + matrix.shape().rows();
                    assertThat(end || piece.rows() % UnitPacker.PANEL_ROWS == 0).isTrue();
                    assertThat(units.get(unit).offset(matrix.name())).isPresent();
                }
                assertThat(next).isEqualTo(32 + matrix.shape().rows());
            }
            assertThat(units).hasSize(unit + 1);
            for (StreamUnit one : units) {
                assertThat(one.bytes()).isLessThanOrEqualTo(unitBytes);
            }
            long bytes =
                    matrices.stream().mapToLong(TensorIndex.Entry::byteSize).sum();
            assertThat(units.stream().mapToLong(StreamUnit::usefulBytes).sum()).isEqualTo(bytes);
            if (unitBytes > 16 * least) {
                assertThat(units.size()).isLessThanOrEqualTo((int) Math.ceil(bytes / (0.8 * unitBytes)));
            }
        }
    }

    @Test
    void aUnitThatHoldsNoPanelIsRefused() {
        TensorIndex.Entry matrix = matrix("wide", 4096, 64, 0);
        UnitPacker packer = new UnitPacker(UnitPacker.leastBytes(matrix, BLOCK) - BLOCK, BLOCK);
        assertThatThrownBy(() -> packer.add(matrix, 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("wide needs");
    }
}
