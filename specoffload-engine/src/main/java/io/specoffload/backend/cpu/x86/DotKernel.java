package io.specoffload.backend.cpu.x86;

import static io.specoffload.backend.cpu.x86.Assembler.Reg.R8;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.R9;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RAX;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RBP;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RBX;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RCX;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RDI;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RDX;
import static io.specoffload.backend.cpu.x86.Assembler.Reg.RSI;

import io.specoffload.backend.cpu.x86.Assembler.Mem;

/**
 * Writes the function that multiplies a few adjacent rows of weights with a few columns of activations, and the next rows after them. Sums have
 * the order of all kernels: element k goes by fused multiply-add to partial sum k mod 32, ascending, and the 32 partial sums are added as the
 * tree i + (i + 16), then + 8, 4, 2, 1. So the results are those of the other kernels, bit for bit.
 *
 * <p>While it computes, the function asks for memory that will be needed later, as many bytes as it uses: rows that follow each other are
 * fetched in the order in which they lie, whatever the order in which they are multiplied.
 */
final class DotKernel {

    /**
     * What a function computes.
     *
     * @param rows of a tile, 1 to {@value #MOST_ROWS}
     * @param columns of activations, 1 to {@value #MOST_COLUMNS}
     * @param continues whether partial sums of earlier elements are there, to go on with
     * @param ends whether these are the last elements, so that partial sums are added up; else they are kept
     * @param fetches whether to fetch memory ahead
     */
    record Shape(int rows, int columns, boolean continues, boolean ends, boolean fetches) {}

    static final int MOST_ROWS = 4;
    static final int MOST_COLUMNS = 6;

    /** Vector registers. */
    private static final int REGISTERS = 32;

    private final Assembler code = new Assembler();
    private final WeightCode weights;
    private final Shape shape;
    private final int rows;
    private final int columns;

    private DotKernel(WeightCode weights, Shape shape) {
        this.weights = weights.forColumns(shape.columns);
        this.shape = shape;
        this.rows = shape.rows;
        this.columns = shape.columns;
    }

    /** The most rows of a tile whose partial sums fit into registers beside all else. */
    static int mostRows(WeightCode anyColumns, int columns) {
        WeightCode weights = anyColumns.forColumns(columns);
        if (columns == 1 && weights.layout().stepBytes() >= 2 * weights.layout().stepWeights()) {
            return 1;
        }
        int rows = MOST_ROWS;
        while (rows > 1
                && 2 * rows * columns
                                + rows * (1 + weights.layout().registersPerRow())
                                + 1
                                + weights.layout().registers()
                        > REGISTERS) {
            rows--;
        }
        return rows;
    }

    /** The function's machine code. */
    static byte[] write(WeightCode weights, Shape shape) {
        DotKernel kernel = new DotKernel(weights, shape);
        kernel.write();
        return kernel.code.code();
    }

    /** Bytes that a tile's partial sums take. */
    static int sumBytes(int rows, int columns) {
        return 2 * 64 * rows * columns;
    }

    private void write() {
        code.push(RBX);
        code.push(RBP);
        code.load(RAX, Mem.at(RDI, Arguments.ROW_BYTES));
        code.address(RBP, new Mem(RAX, RAX, 2, 0));
        code.load(RBX, Mem.at(RDI, Arguments.SUMS));
        code.load(R9, Mem.at(RDI, Arguments.NEXT));
        code.load(RCX, Mem.at(RDI, Arguments.CONSTANTS));
        weights.loadConstants(code, RCX, constants());
        int tile = code.here();
        code.load(RSI, Mem.at(RDI, Arguments.ROWS));
        code.load(RDX, Mem.at(RDI, Arguments.ACTIVATIONS));
        code.load(RCX, Mem.at(RDI, Arguments.STEPS));
        begin();
        int step = code.here();
        step();
        code.decrement(RCX);
        code.jumpIfNotZero(step);
        end();
        code.load(RSI, Mem.at(RDI, Arguments.ROWS));
        code.address(RSI, new Mem(RSI, RAX, rows == 3 ? 2 : rows, 0));
        if (rows == 3) {
            code.addRegister(RSI, RAX);
        }
        code.store(Mem.at(RDI, Arguments.ROWS), RSI);
        code.decrement(Mem.at(RDI, Arguments.TILES));
        code.jumpIfNotZero(tile);
        code.pop(RBP);
        code.pop(RBX);
        code.zeroUpper();
        code.ret();
    }

    private int sums() {
        return 2 * rows * columns;
    }

    private void begin() {
        for (int sum = 0; sum < sums(); sum++) {
            if (shape.continues) {
                code.loadFloats(sum, Mem.at(RBX, 64 * sum));
            } else {
                code.xor(sum, sum, sum);
            }
        }
    }

    private void step() {
        if (shape.fetches) {
            int bytes = weights.fetchedBytes(rows);
            for (int at = 0; at < bytes; at += 64) {
                code.prefetch(Mem.at(R9, at));
            }
            code.add(R9, bytes);
        }
        for (int row = 0; row < rows; row++) {
            weights.begin(code, row(row), scratch(row), ownOf(row), weight(row), activation());
        }
        for (int vector = 0; vector < weights.layout().stepWeights() / 16; vector++) {
            multiply(vector);
        }
        code.add(RSI, weights.layout().stepBytes());
        code.add(RDX, weights.layout().stepWeights() * columns * Float.BYTES);
    }

    /** 16 weights of each row by as many activations of each column. */
    private void multiply(int vector) {
        for (int row = 0; row < rows; row++) {
            weights.decode(code, row(row), scratch(row), ownOf(row), constants(), vector, weight(row));
        }
        for (int column = 0; column < columns; column++) {
            Mem activations = Mem.at(RDX, ((vector / 2 * columns + column) * 32 + vector % 2 * 16) * Float.BYTES);
            if (rows == 1) {
                code.multiplyAdd(sum(0, column, vector), weight(0), activations);
                continue;
            }
            code.loadFloats(activation(), activations);
            for (int row = 0; row < rows; row++) {
                code.multiplyAdd(sum(row, column, vector), weight(row), activation());
            }
        }
    }

    private void end() {
        if (shape.ends) {
            addUp();
        } else {
            for (int sum = 0; sum < sums(); sum++) {
                code.storeFloats(Mem.at(RBX, 64 * sum), sum);
            }
        }
        if (shape.continues || !shape.ends) {
            code.add(RBX, sumBytes(rows, columns));
        }
    }

    /** The tree, four results at a time: one column of four or three rows, two columns of two rows, or four columns of one. */
    private void addUp() {
        int all = rows * columns;
        for (int i = 0; i < all; i++) {
            code.addFloats(i, 2 * i, 2 * i + 1);
        }
        code.load(RCX, Mem.at(RDI, Arguments.CONSTANTS));
        code.loadFloats(lanes(), Mem.at(RCX, 0));
        code.load(RCX, Mem.at(RDI, Arguments.RESULTS));
        code.load(RSI, Mem.at(RDI, Arguments.RESULT_BYTES));
        int together = rows > 2 ? 1 : 4 / rows;
        code.move(R8, RCX);
        for (int column = 0; column < columns; column += together) {
            addUp(column, together);
            for (int i = 0; i < together && column + i < columns; i++) {
                store(i);
                code.addRegister(R8, RSI);
            }
        }
        code.add(RCX, rows * Float.BYTES);
        code.store(Mem.at(RDI, Arguments.RESULTS), RCX);
    }

    /** Four results to a vector. */
    private void addUp(int column, int together) {
        int[] sums = new int[4];
        for (int i = 0; i < 4; i++) {
            int row = together == 1 ? Math.min(i, rows - 1) : i % rows;
            sums[i] = row * columns + Math.min(column + (together == 1 ? 0 : i / rows), columns - 1);
        }
        int t = result();
        int u = temporary(1);
        int v = temporary(2);
        // sums with those 8 lanes beside them, of two results in one vector
        code.shuffleQuarters(t, sums[0], sums[1], 0x44);
        code.shuffleQuarters(u, sums[0], sums[1], 0xEE);
        code.addFloats(t, t, u);
        code.shuffleQuarters(u, sums[2], sums[3], 0x44);
        code.shuffleQuarters(v, sums[2], sums[3], 0xEE);
        code.addFloats(u, u, v);
        // 4 lanes beside them: a quarter for each result
        code.shuffleQuarters(v, t, u, 0x88);
        code.shuffleQuarters(u, t, u, 0xDD);
        code.addFloats(t, v, u);
        code.shuffle(u, t, t, 0x4E);
        code.addFloats(t, t, u);
        code.shuffle(u, t, t, 0xB1);
        code.addFloats(t, t, u);
        code.lookUp(t, lanes(), t);
    }

    /** The i-th column's results among four, to where R8 points. Three rows are stored as four: the last one is the next tile's, or nobody's. */
    private void store(int i) {
        Mem target = Mem.at(R8, 0);
        if (rows > 2) {
            code.storeFloats4(target, result());
        } else if (rows == 2) {
            code.storeFloats2(target, result(), i);
        } else {
            code.storeFloat(target, result(), i);
        }
    }

    private int result() {
        return temporary(0);
    }

    private int lanes() {
        return temporary(3);
    }

    /** A register that holds nothing any more once partial sums have been added in pairs, or never did. */
    private int temporary(int i) {
        int all = rows * columns;
        return (all < 4 ? 2 * all : all) + i;
    }

    private static Mem row(int row) {
        return switch (row) {
            case 0 -> Mem.at(RSI, 0);
            case 1 -> new Mem(RSI, RAX, 1, 0);
            case 2 -> new Mem(RSI, RAX, 2, 0);
            default -> new Mem(RSI, RBP, 1, 0);
        };
    }

    private static Mem scratch(int row) {
        return Mem.at(RDI, Arguments.ROW_SCRATCH + 64 * row);
    }

    private int sum(int row, int column, int vector) {
        return 2 * (row * columns + column) + vector % 2;
    }

    private int weight(int row) {
        return REGISTERS - 1 - row;
    }

    private int activation() {
        return REGISTERS - 1 - rows;
    }

    /** The first of a row's own registers. */
    private int ownOf(int row) {
        return activation() - (row + 1) * weights.layout().registersPerRow();
    }

    /** The first of the format's registers that keep their values. */
    private int constants() {
        return activation()
                - rows * weights.layout().registersPerRow()
                - weights.layout().registers();
    }
}
