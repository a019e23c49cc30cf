package io.specoffload.backend.cpu;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.KvBlockFormat;
import io.specoffload.backend.cpu.WorkerPool.RangeTask;

/**
 * The arguments of one call of a kernel, as an object that the pool's threads work on. Made once and filled for each
 * call, under the kernels' lock: a call makes no garbage.
 */
final class KernelTasks {

    private static final float[] NONE = {};
    private static final int[] NO_ROWS = {};

    private KernelTasks() {}

    /** Something done to each element. */
    enum Operation {
        ADD,
        SCALE,
        /** The gate at most a limit; the other within it on both sides, and 1 more. */
        CLAMP,
        SWISH,
        GEGLU,
        SOFT_CAP
    }

    static final class Elements implements RangeTask {
        private final CpuKernels kernels;
        private Operation operation = Operation.ADD;
        private float[] x = NONE;
        private float[] y = NONE;
        private float factor;

        Elements(CpuKernels kernels) {
            this.kernels = kernels;
        }

        Elements of(Operation newOperation, float[] newX, float[] newY, float newFactor) {
            operation = newOperation;
            x = newX;
            y = newY;
            factor = newFactor;
            return this;
        }

        @Override
        public void run(int from, int to, int worker) {
            switch (operation) {
                case ADD -> add(x, from, y, from, to - from);
                case SCALE -> scale(x, factor, from, to);
                case CLAMP -> clamp(x, y, factor, from, to);
                case SWISH -> kernels.swish(x, y, factor, from, to, worker);
                case GEGLU -> kernels.geglu(x, y, from, to, worker);
                case SOFT_CAP -> kernels.softCap(x, factor, from, to, worker);
            }
        }

        private static void clamp(float[] gate, float[] up, float limit, int from, int to) {
            for (int i = from; i < to; i++) {
                gate[i] = Math.min(gate[i], limit);
                up[i] = Math.clamp(up[i], -limit, limit) + 1;
            }
        }

        private static void scale(float[] x, float factor, int from, int to) {
            for (int i = from; i < to; i++) {
                x[i] *= factor;
            }
        }
    }

    static void add(float[] x, int xOffset, float[] y, int yOffset, int count) {
        for (int i = 0; i < count; i++) {
            x[xOffset + i] += y[yOffset + i];
        }
    }

    /** Norms over groups of elements, of a sum where there is a summand. */
    static final class Norm implements RangeTask {
        private final CpuKernels kernels;
        private float[] x = NONE;
        private float[] summand = NONE;
        private float[] weight = NONE;
        private int width;
        private float epsilon;
        private float[] out = NONE;

        Norm(CpuKernels kernels) {
            this.kernels = kernels;
        }

        /** The decoded weight: at least {@code width} floats, to be filled by the caller. */
        float[] weight(int newWidth) {
            width = newWidth;
            if (weight.length < newWidth) {
                weight = new float[newWidth];
            }
            return weight;
        }

        Norm of(float[] newX, float[] newSummand, float newEpsilon, float[] newOut) {
            x = newX;
            summand = newSummand;
            epsilon = newEpsilon;
            out = newOut;
            return this;
        }

        @Override
        public void run(int from, int to, int worker) {
            for (int group = from; group < to; group++) {
                if (summand.length > 0) {
                    add(x, group * width, summand, group * width, width);
                }
                kernels.rmsNorm(x, group * width, weight, width, epsilon, out);
            }
        }
    }

    /** Adds rows, each times its factor, to scattered rows. */
    static final class Scatter implements RangeTask {
        private float[] x = NONE;
        private int[] rows = NO_ROWS;
        private float[] factors = NONE;
        private int width;
        private float[] out = NONE;

        Scatter of(float[] newX, int[] newRows, float[] newFactors, int newWidth, float[] newOut) {
            x = newX;
            rows = newRows;
            factors = newFactors;
            width = newWidth;
            out = newOut;
            return this;
        }

        @Override
        public void run(int from, int to, int worker) {
            for (int i = from; i < to; i++) {
                addRow(out, Math.multiplyExact(rows[i], width), factors[i], x, i * width, width);
            }
        }

        private static void addRow(float[] out, int outOffset, float factor, float[] x, int offset, int width) {
            for (int k = 0; k < width; k++) {
                out[outOffset + k] += factor * x[offset + k];
            }
        }
    }

    /** Rotates the heads of rows. */
    static final class Rope implements RangeTask {
        private final CpuKernels kernels;
        private float[] x = NONE;
        private int heads;
        private int headSize;
        private int pairs;
        private boolean interleaved;
        private float[] cosines = NONE;
        private float[] sines = NONE;

        Rope(CpuKernels kernels) {
            this.kernels = kernels;
        }

        Rope of(float[] newX, int newHeads, int newHeadSize, int newPairs, boolean newInterleaved, RopeAngles angles) {
            x = newX;
            heads = newHeads;
            headSize = newHeadSize;
            pairs = newPairs;
            interleaved = newInterleaved;
            cosines = angles.cosines();
            sines = angles.sines();
            return this;
        }

        @Override
        public void run(int from, int to, int worker) {
            for (int r = from; r < to; r++) {
                for (int h = 0; h < heads; h++) {
                    int offset = (r * heads + h) * headSize;
                    if (interleaved) {
                        interleaved(x, offset, cosines, sines, r * pairs, pairs);
                    } else {
                        kernels.rotateHalves(x, offset, cosines, sines, r * pairs, pairs);
                    }
                }
            }
        }

        private static void interleaved(float[] x, int offset, float[] cosines, float[] sines, int angle, int pairs) {
            for (int i = 0; i < pairs; i++) {
                float first = x[offset + 2 * i];
                float second = x[offset + 2 * i + 1];
                float cosine = cosines[angle + i];
                float sine = sines[angle + i];
                x[offset + 2 * i] = first * cosine - second * sine;
                x[offset + 2 * i + 1] = first * sine + second * cosine;
            }
        }
    }

    /** Writes rows of keys and values to the cache. */
    static final class Store implements RangeTask {
        private AttentionBatch batch = CpuKernels.NO_ATTENTION;
        private KvCells cells = CpuKernels.NO_CELLS;
        private float[] keys = NONE;
        private float[] values = NONE;

        Store of(AttentionBatch newBatch, KvCells newCells, float[] newKeys, float[] newValues) {
            batch = newBatch;
            cells = newCells;
            keys = newKeys;
            values = newValues;
            return this;
        }

        @Override
        public void run(int from, int to, int worker) {
            int size = batch.headSize();
            for (int r = from; r < to; r++) {
                int position = batch.positions()[r];
                long block = cells.block(batch, r, position);
                for (int h = 0; h < batch.kvHeads(); h++) {
                    int source = (r * batch.kvHeads() + h) * size;
                    cells.storeKey(block, h, position % KvBlockFormat.POSITIONS, keys, source);
                    cells.storeValue(block, h, position % KvBlockFormat.POSITIONS, values, source);
                }
            }
        }
    }
}
