package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.AttentionOptions;
import io.specoffload.backend.KvView;
import io.specoffload.backend.cpu.KvBlock;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/**
 * Attention of one row over paged keys and values, in two passes: all scores, their softmax, then the weighted sum of
 * values in ascending position. Keys and values are decoded once for all query heads that share them. Nothing depends
 * on the batch, the pages' size or on how the rows were chunked.
 */
final class VectorAttention {

    private final FormatCalls half;
    private final FormatCalls full;

    VectorAttention(FormatCalls half, FormatCalls full) {
        this.half = half;
        this.full = full;
    }

    /** See {@code CpuKernels.attend}; start is the first position that the row sees. */
    void attend(AttentionBatch batch, int row, int kvHead, int start, float[] queries, float[] out, Scratch scratch) {
        int count = batch.positions()[row] - start + 1;
        int group = batch.heads() / batch.kvHeads();
        int size = batch.headSize();
        int offset = (row * batch.heads() + kvHead * group) * size;
        KvView view = batch.views().get(row);
        float[] decoded = scratch.rows((view.blockPositions() + Tiles.SIDE) * size);
        float[] scores = scratch.scores(group * count);
        Arrays.fill(out, offset, offset + group * size, 0f);
        for (int at = 0; at < count; ) {
            int taken = decode(batch, view, kvHead, start + at, count - at, false, decoded);
            for (int t = 0; t < taken; t += Tiles.SIDE) {
                int keys = Math.min(Tiles.SIDE, taken - t);
                Tiles.multiply(
                        decoded, t * size, keys, queries, offset, group, size, scores, at + t, count, scratch.partial);
            }
            at += taken;
        }
        for (int h = 0; h < group; h++) {
            softmax(scores, h * count, count, batch.options(), batch.sink(kvHead * group + h), scratch);
        }
        for (int at = 0; at < count; ) {
            int taken = decode(batch, view, kvHead, start + at, count - at, true, decoded);
            for (int h = 0; h < group; h++) {
                accumulate(scores, h * count + at, taken, decoded, size, out, offset + h * size);
            }
            at += taken;
        }
    }

    /** Decodes the keys or values of one head, from a position to the end of its block or of what is wanted. */
    private int decode(
            AttentionBatch batch, KvView view, int kvHead, int position, int wanted, boolean values, float[] out) {
        int slot = position % view.blockPositions();
        int taken = Math.min(wanted, view.blockPositions() - slot);
        KvBlock block = KvBlock.of(view, position / view.blockPositions(), batch);
        long address = values ? block.value(kvHead, slot) : block.key(kvHead, slot);
        (block.half() ? half : full).decode(address, taken * batch.headSize(), out, 0);
        return taken;
    }

    /** The softmax over the scores and one more, the sink, whose share is left out. */
    private static void softmax(
            float[] scores, int offset, int count, AttentionOptions options, float sink, Scratch scratch) {
        for (int i = 0; i < count; i++) {
            scores[offset + i] *= options.scale();
        }
        if (options.softCap() != 0) {
            Functions.softCap(scores, options.softCap(), offset, offset + count, scratch);
        }
        float max = sink;
        for (int i = 0; i < count; i++) {
            max = Math.max(max, scores[offset + i]);
        }
        for (int i = 0; i < count; i++) {
            scores[offset + i] -= max;
        }
        Functions.exp(scores, offset, offset + count);
        double total = Functions.exp(sink - max);
        for (int i = 0; i < count; i++) {
            total += scores[offset + i];
        }
        float factor = (float) (1 / total);
        for (int i = 0; i < count; i++) {
            scores[offset + i] *= factor;
        }
    }

    /** out += weights[t] * values[t], for t ascending. */
    private static void accumulate(
            float[] weights, int weightOffset, int count, float[] values, int size, float[] out, int outOffset) {
        for (int d = 0; d < size; d += Lanes.L) {
            if (d + Lanes.L <= size) {
                FloatVector sum = FloatVector.fromArray(F, out, outOffset + d);
                for (int t = 0; t < count; t++) {
                    FloatVector value = FloatVector.fromArray(F, values, t * size + d);
                    sum = value.fma(FloatVector.broadcast(F, weights[weightOffset + t]), sum);
                }
                sum.intoArray(out, outOffset + d);
            } else {
                accumulateRest(weights, weightOffset, count, values, size, out, outOffset, d);
            }
        }
    }

    private static void accumulateRest(
            float[] weights, int weightOffset, int count, float[] values, int size, float[] out, int outOffset, int d) {
        VectorMask<Float> rest = F.indexInRange(d, size);
        FloatVector sum = FloatVector.fromArray(F, out, outOffset + d, rest);
        for (int t = 0; t < count; t++) {
            FloatVector value = FloatVector.fromArray(F, values, t * size + d, rest);
            sum = value.fma(FloatVector.broadcast(F, weights[weightOffset + t]), sum);
        }
        sum.intoArray(out, outOffset + d, rest);
    }
}
