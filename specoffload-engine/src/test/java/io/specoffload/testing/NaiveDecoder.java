package io.specoffload.testing;

import io.specoffload.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The families' forward passes once more: one token at a time, in double precision, in plain loops, from the models'
 * papers. Shares nothing with the engine but the bytes of the weights.
 */
public final class NaiveDecoder {

    private final FamilyShape shape;
    private final RandomModel model;
    private final List<List<double[]>> keys = new ArrayList<>();
    private final List<List<double[]>> values = new ArrayList<>();

    public NaiveDecoder(FamilyShape shape, RandomModel model) {
        this.shape = shape;
        this.model = model;
        for (int layer = 0; layer < shape.layers(); layer++) {
            keys.add(new ArrayList<>());
            values.add(new ArrayList<>());
        }
    }

    /** The logits of the next token of the one sequence. */
    public double[] next(int token) {
        double[] hidden = row("token_embd.weight", token);
        if (shape.gemma()) {
            for (int i = 0; i < hidden.length; i++) {
                hidden[i] *= Math.sqrt(shape.width());
            }
        }
        for (int layer = 0; layer < shape.layers(); layer++) {
            String prefix = "blk." + layer + ".";
            double[] attended = attention(layer, prefix, normed(hidden, prefix + "attn_norm.weight"));
            add(hidden, shape.gemma() ? normed(attended, prefix + "post_attention_norm.weight") : attended);
            String norm = shape.gptOss() ? "post_attention_norm.weight" : "ffn_norm.weight";
            double[] input = normed(hidden, prefix + norm);
            double[] result = shape.experts() > 0 ? experts(prefix, input) : dense(prefix, input);
            add(hidden, shape.gemma() ? normed(result, prefix + "post_ffw_norm.weight") : result);
        }
        String head = shape.gemma() ? "token_embd.weight" : "output.weight";
        double[] logits = times(head, 0, FamilyShape.VOCABULARY, normed(hidden, "output_norm.weight"));
        if (shape.family().equals("gemma2")) {
            cap(logits, 30);
        }
        return logits;
    }

    private double[] attention(int layer, String prefix, double[] x) {
        int size = shape.headSize();
        int queries = shape.heads() * size;
        int kv = shape.kvHeads() * size;
        double[] q;
        double[] k;
        double[] v;
        if (shape.family().equals("phi3")) {
            q = times(prefix + "attn_qkv.weight", 0, queries, x);
            k = times(prefix + "attn_qkv.weight", queries, kv, x);
            v = times(prefix + "attn_qkv.weight", queries + kv, kv, x);
        } else {
            q = times(prefix + "attn_q.weight", 0, queries, x);
            k = times(prefix + "attn_k.weight", 0, kv, x);
            v = times(prefix + "attn_v.weight", 0, kv, x);
        }
        if (shape.family().equals("qwen2") || shape.gptOss()) {
            add(q, row(prefix + "attn_q.bias", 0));
            add(k, row(prefix + "attn_k.bias", 0));
            add(v, row(prefix + "attn_v.bias", 0));
        }
        int position = keys.get(layer).size();
        for (int h = 0; h < shape.heads(); h++) {
            prepare(q, h * size, shape.normedHeads() ? prefix + "attn_q_norm.weight" : "", layer, position);
        }
        for (int h = 0; h < shape.kvHeads(); h++) {
            prepare(k, h * size, shape.normedHeads() ? prefix + "attn_k_norm.weight" : "", layer, position);
        }
        keys.get(layer).add(k);
        values.get(layer).add(v);
        double[] out = new double[queries];
        for (int h = 0; h < shape.heads(); h++) {
            attend(layer, q, h, out);
        }
        double[] projected = times(prefix + "attn_output.weight", 0, shape.width(), out);
        if (shape.gptOss()) {
            add(projected, row(prefix + "attn_output.bias", 0));
        }
        return projected;
    }

    /** Normalizes and rotates one head. */
    private void prepare(double[] x, int offset, String norm, int layer, int position) {
        if (!norm.isEmpty()) {
            double[] head = new double[shape.headSize()];
            System.arraycopy(x, offset, head, 0, head.length);
            System.arraycopy(normed(head, norm), 0, x, offset, head.length);
        }
        boolean local = shape.family().equals("gemma3") && shape.windowed(layer);
        boolean neighbours = shape.family().equals("llama");
        int half = shape.rotated() / 2;
        for (int i = 0; i < half; i++) {
            double base = local ? FamilyShape.WINDOW_BASE : FamilyShape.BASE;
            double angle = position * Math.pow(base, -(double) i / half);
            int a = offset + (neighbours ? 2 * i : i);
            int b = neighbours ? a + 1 : a + half;
            double first = x[a];
            x[a] = first * Math.cos(angle) - x[b] * Math.sin(angle);
            x[b] = first * Math.sin(angle) + x[b] * Math.cos(angle);
        }
    }

    private void attend(int layer, double[] q, int head, double[] out) {
        int size = shape.headSize();
        int kvOffset = head / (shape.heads() / shape.kvHeads()) * size;
        int positions = keys.get(layer).size();
        int start = shape.windowed(layer) ? Math.max(0, positions - shape.window()) : 0;
        // gpt-oss: one more score, of a position whose value is zero
        double[] scores = new double[positions - start + (shape.gptOss() ? 1 : 0)];
        if (shape.gptOss()) {
            scores[positions - start] = row("blk." + layer + ".attn_sinks.weight", 0)[head];
        }
        for (int p = start; p < positions; p++) {
            double dot = 0;
            for (int i = 0; i < size; i++) {
                dot += q[head * size + i] * keys.get(layer).get(p)[kvOffset + i];
            }
            scores[p - start] = dot / Math.sqrt(size);
        }
        if (shape.family().equals("gemma2")) {
            cap(scores, 50);
        }
        softmax(scores);
        for (int p = start; p < positions; p++) {
            for (int i = 0; i < size; i++) {
                out[head * size + i] += scores[p - start] * values.get(layer).get(p)[kvOffset + i];
            }
        }
    }

    private double[] dense(String prefix, double[] x) {
        boolean fused = shape.family().equals("phi3");
        int inner = shape.inner();
        double[] gate = times(prefix + (fused ? "ffn_up.weight" : "ffn_gate.weight"), 0, inner, x);
        double[] up = times(prefix + "ffn_up.weight", fused ? inner : 0, inner, x);
        return times(prefix + "ffn_down.weight", 0, shape.width(), gated(gate, up));
    }

    private double[] experts(String prefix, double[] x) {
        double[] shares = times(prefix + "ffn_gate_inp.weight", 0, shape.experts(), x);
        if (shape.gptOss()) {
            add(shares, row(prefix + "ffn_gate_inp.bias", 0));
        }
        softmax(shares);
        List<Integer> chosen = IntStream.range(0, shape.experts())
                .boxed()
                .sorted(Comparator.comparingDouble(e -> -shares[e]))
                .limit(shape.used())
                .toList();
        double total = chosen.stream().mapToDouble(e -> shares[e]).sum();
        double[] sum = new double[shape.width()];
        int inner = shape.inner();
        for (int e : chosen) {
            double[] gate = times(prefix + "ffn_gate_exps.weight", e * inner, inner, x);
            double[] up = times(prefix + "ffn_up_exps.weight", e * inner, inner, x);
            if (shape.gptOss()) {
                add(gate, row(prefix + "ffn_gate_exps.bias", e));
                add(up, row(prefix + "ffn_up_exps.bias", e));
            }
            double[] result = times(prefix + "ffn_down_exps.weight", e * shape.width(), shape.width(), gated(gate, up));
            if (shape.gptOss()) {
                add(result, row(prefix + "ffn_down_exps.bias", e));
            }
            for (int i = 0; i < sum.length; i++) {
                sum[i] += shares[e] / total * result[i];
            }
        }
        return sum;
    }

    private double[] gated(double[] gate, double[] up) {
        double[] out = new double[gate.length];
        for (int i = 0; i < out.length; i++) {
            double g = gate[i];
            if (shape.gptOss()) {
                g = Math.min(g, 7);
                out[i] = g / (1 + Math.exp(-1.702 * g)) * (Math.max(-7, Math.min(7, up[i])) + 1);
                continue;
            }
            double gelu = 0.5 * g * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g)));
            out[i] = up[i] * (shape.gemma() ? gelu : g / (1 + Math.exp(-g)));
        }
        return out;
    }

    private static void cap(double[] x, double cap) {
        for (int i = 0; i < x.length; i++) {
            x[i] = cap * Math.tanh(x[i] / cap);
        }
    }

    private static void softmax(double[] x) {
        double max = IntStream.range(0, x.length).mapToDouble(i -> x[i]).max().orElseThrow();
        double sum = 0;
        for (int i = 0; i < x.length; i++) {
            x[i] = Math.exp(x[i] - max);
            sum += x[i];
        }
        for (int i = 0; i < x.length; i++) {
            x[i] /= sum;
        }
    }

    private static void add(double[] x, double[] y) {
        for (int i = 0; i < x.length; i++) {
            x[i] += y[i];
        }
    }

    private double[] normed(double[] x, String name) {
        double[] weight = row(name, 0);
        double squares = 0;
        for (double value : x) {
            squares += value * value;
        }
        double[] out = new double[x.length];
        for (int i = 0; i < x.length; i++) {
            out[i] = x[i] / Math.sqrt(squares / x.length + FamilyShape.EPSILON) * weight[i];
        }
        return out;
    }

    private double[] times(String name, int from, int count, double[] x) {
        double[] out = new double[count];
        for (int o = 0; o < count; o++) {
            double[] weights = row(name, from + o);
            for (int i = 0; i < x.length; i++) {
                out[o] += weights[i] * x[i];
            }
        }
        return out;
    }

    private double[] row(String name, int index) {
        Tensor tensor = model.tensor(name).orElseThrow();
        double[] row = new double[tensor.columns()];
        for (int i = 0; i < row.length; i++) {
            row[i] = tensor.data().getAtIndex(ValueLayout.JAVA_FLOAT, (long) index * row.length + i);
        }
        return row;
    }
}
