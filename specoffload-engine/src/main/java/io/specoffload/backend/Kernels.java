package io.specoffload.backend;

import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import java.util.Set;

/**
 * The operations a transformer is made of, on row-major float32 activations: row r of an activation of width w
 * occupies {@code [r * w, (r + 1) * w)} of its buffer. Every operation returns when its result is complete.
 *
 * <p>Each result row depends on its own input row only, bit for bit: neither the number of rows n, nor the rows
 * beside it, nor the number of threads changes it ("batch-invariant"). Output buffers may not overlap inputs unless
 * stated.
 */
public interface Kernels {

    /** What these kernels are, for logs and telemetry, for example {@code vector-512}. */
    String name();

    /** Bytes of native memory that these kernels hold for themselves now. */
    default long nativeBytes() {
        return 0;
    }

    /** Element types of weights that these kernels compute with. */
    Set<DType> weightTypes();

    /** out[r] = table[tokens[r]] for r &lt; n. Table: [width, vocabulary] in any supported type. */
    void embed(Tensor table, int[] tokens, int n, Buffer out);

    /** out[r][o] = sum over k of weight[o][k] * x[r][k], for r &lt; n; weight: [columns, rows], x: [n][columns], out: [n][rows]. */
    void matmul(Tensor weight, Buffer x, int n, Buffer out);

    /** out[r][from + i] = x[r][i] for r &lt; n, i &lt; count: puts columns into wider rows; x: [n][count], out: [n][width]. */
    void placeColumns(Buffer x, int n, int count, Buffer out, int from, int width);

    /** out[r] = x[r] / rms(x[r]) * weight, rms over groups of weight.columns() elements; groups = n * (width / columns). May be in place. */
    void rmsNorm(Buffer x, Tensor weight, float epsilon, int groups, Buffer out);

    /**
     * x += y, then out = the {@link #rmsNorm} of x: a residual branch joins, and the next one begins. Over groups of
     * weight.columns() elements; out is neither x nor y.
     */
    default void addRmsNorm(Buffer x, Buffer y, Tensor weight, float epsilon, int groups, Buffer out) {
        add(x, y, Math.multiplyExact(groups, weight.columns()));
        rmsNorm(x, weight, epsilon, groups, out);
    }

    /** x[r][o] += bias[o]. */
    void addBias(Buffer x, Tensor bias, int n);

    /** x += y over n * width elements. */
    void add(Buffer x, Buffer y, int elements);

    /** x *= factor over the first elements. */
    void scale(Buffer x, float factor, int elements);

    /** gate = silu(gate) * up over the first elements. */
    void swiglu(Buffer gate, Buffer up, int elements);

    /** gate = gelu(gate) * up over the first elements, gelu by its tanh approximation (gemma's). */
    void geglu(Buffer gate, Buffer up, int elements);

    /**
     * gate = g / (1 + e^(-alpha g)) * (u + 1) over the first elements, with g = min(gate, limit) and u = up clamped to
     * [-limit, limit] (gpt-oss's). Uses up for intermediate results.
     */
    void clampedSwiglu(Buffer gate, Buffer up, float alpha, float limit, int elements);

    /** x = cap * tanh(x / cap) over the first elements. */
    void softCap(Buffer x, float cap, int elements);

    /** Rotates {@code heads} heads of {@code headSize} in each of n rows of x in place by each row's position. */
    void rope(Buffer x, int[] positions, int n, int heads, int headSize, RopeTable table);

    /** Writes keys and values [n][kvHeads * headSize] of each row to its position in its sequence's cache. */
    void storeKv(AttentionBatch batch, Buffer keys, Buffer values);

    /** out[r] = attention of query row r over its sequence's cached positions and its sinks; queries and out: [n][heads * headSize]. */
    void attention(AttentionBatch batch, Buffer queries, Buffer out);

    /** out[i] = x[rows[i]] for i &lt; count, rows of the given width. */
    void gatherRows(Buffer x, int[] rows, int count, int width, Buffer out);

    /** out[rows[i]] += factors[i] * x[i] for each i, in order; x: [rows.length][width]; {@code rows} holds no row twice. */
    void addScattered(Buffer x, int[] rows, float[] factors, int width, Buffer out);
}
