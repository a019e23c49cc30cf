package io.specoffload.synthetic;

import io.specoffload.format.GgufFile;
import io.specoffload.format.GgufWriter;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * Writes a llama model with random weights whose greedy continuation is known: the token after t is
 * {@link Succession#after}. Row t of the embedding is also row after(t) of the output head, and the layers, though
 * computed like any others, add little to the residual stream; so the head finds what the embedding put there.
 */
public final class SyntheticModel {

    /** What all layers together may add to a stream of deviation 1. */
    private static final double LAYERS_SHARE = 0.3;
    /** Random bytes are made once and then read from changing places: generating them all would take minutes. */
    private static final int POOL_BLOCKS = 1 << 16;

    private final ModelShape shape;
    private final DType type;
    private final long seed;
    private final Succession succession;
    private final Map<Double, MemorySegment> pools = new HashMap<>();

    private SyntheticModel(ModelShape shape, DType type, long seed, Succession succession) {
        this.shape = shape;
        this.type = type;
        this.seed = seed;
        this.succession = succession;
    }

    /**
     * Writes a model.
     *
     * @param type of all matrices but the routers; norms and routers are F32
     * @param pairWith a file made by this class whose greedy continuations this one shares, or null
     * @param acceptance share of tokens after which both go on with the same one
     * @param out replaced when the new file is complete
     * @return bytes written
     * @throws IllegalArgumentException if shape, type and pair do not fit together
     * @throws FileSystemException if the file system lacks the space; nothing is written then
     */
    public static long write(
            ModelShape shape, DType type, @Nullable Path pairWith, double acceptance, long seed, Path out)
            throws IOException {
        int inner = shape.heads() * shape.headSize();
        for (int row : new int[] {shape.width(), shape.feedForward(), inner}) {
            if (row % type.blockSize() != 0) {
                throw new IllegalArgumentException("rows of " + row + " do not fill whole " + type + " blocks of "
                        + type.blockSize() + ": choose another type or shape");
            }
        }
        if (!(acceptance >= 0 && acceptance <= 1)) {
            throw new IllegalArgumentException("the acceptance is " + acceptance + ", but must be between 0 and 1");
        }
        Succession succession = pairWith == null
                ? Succession.random(shape.vocabulary(), seed)
                : partner(pairWith, shape).agreeing(acceptance, seed);
        return new SyntheticModel(shape, type, seed, succession).write(out);
    }

    private static Succession partner(Path file, ModelShape shape) throws IOException {
        try (GgufFile other = GgufFile.open(file)) {
            Succession succession = Succession.of(other.metadata());
            if (succession.vocabulary() != shape.vocabulary()) {
                throw new IllegalArgumentException("the model to pair with has " + succession.vocabulary()
                        + " tokens, the shape " + shape.vocabulary() + "; they must share a vocabulary");
            }
            return succession;
        }
    }

    private long write(Path out) throws IOException {
        try (Arena arena = Arena.ofConfined();
                GgufWriter writer = GgufWriter.create(out, metadata(), declarations())) {
            requireSpace(out, writer.fileSize());
            writeAll(writer, arena);
            return writer.fileSize();
        }
    }

    private static void requireSpace(Path out, long size) throws IOException {
        long free = Files.getFileStore(out.toAbsolutePath().getParent()).getUsableSpace();
        if (free < size) {
            throw new FileSystemException(
                    out.toString(), null, "the model takes " + size + " bytes, but only " + free + " are free there");
        }
    }

    private Map<String, Object> metadata() {
        Map<String, Object> metadata = new LinkedHashMap<>();
        metadata.put("general.architecture", "llama");
        metadata.put("general.name", "synthetic");
        metadata.put("llama.block_count", shape.layers());
        metadata.put("llama.context_length", shape.contextLength());
        metadata.put("llama.embedding_length", shape.width());
        metadata.put("llama.feed_forward_length", shape.feedForward());
        metadata.put("llama.attention.head_count", shape.heads());
        metadata.put("llama.attention.head_count_kv", shape.kvHeads());
        metadata.put("llama.attention.key_length", shape.headSize());
        metadata.put("llama.attention.value_length", shape.headSize());
        metadata.put("llama.attention.layer_norm_rms_epsilon", 1e-5f);
        metadata.put("llama.rope.dimension_count", shape.headSize());
        metadata.put("llama.rope.freq_base", 10_000f);
        metadata.put("llama.vocab_size", shape.vocabulary());
        if (shape.experts() > 0) {
            metadata.put("llama.expert_count", shape.experts());
            metadata.put("llama.expert_used_count", shape.expertsUsed());
        }
        metadata.put("specoffload.synthetic.seed", seed);
        metadata.put(Succession.KEY, succession.toArray());
        new SyntheticVocabulary(shape.vocabulary()).describe(metadata);
        return metadata;
    }

    private List<GgufWriter.Declaration> declarations() {
        long width = shape.width();
        long queries = (long) shape.heads() * shape.headSize();
        long keys = (long) shape.kvHeads() * shape.headSize();
        List<GgufWriter.Declaration> tensors = new ArrayList<>();
        tensors.add(matrix("token_embd.weight", width, shape.vocabulary()));
        for (int layer = 0; layer < shape.layers(); layer++) {
            String prefix = "blk." + layer + ".";
            tensors.add(plain(prefix + "attn_norm.weight", width));
            tensors.add(matrix(prefix + "attn_q.weight", width, queries));
            tensors.add(matrix(prefix + "attn_k.weight", width, keys));
            tensors.add(matrix(prefix + "attn_v.weight", width, keys));
            tensors.add(matrix(prefix + "attn_output.weight", queries, width));
            tensors.add(plain(prefix + "ffn_norm.weight", width));
            feedForward(prefix, tensors);
        }
        tensors.add(plain("output_norm.weight", width));
        tensors.add(matrix("output.weight", width, shape.vocabulary()));
        return tensors;
    }

    private void feedForward(String prefix, List<GgufWriter.Declaration> tensors) {
        long width = shape.width();
        long inner = shape.feedForward();
        long experts = shape.experts();
        if (experts == 0) {
            tensors.add(matrix(prefix + "ffn_gate.weight", width, inner));
            tensors.add(matrix(prefix + "ffn_up.weight", width, inner));
            tensors.add(matrix(prefix + "ffn_down.weight", inner, width));
        } else {
            tensors.add(plain(prefix + "ffn_gate_inp.weight", width, experts));
            tensors.add(matrix(prefix + "ffn_gate_exps.weight", width, inner, experts));
            tensors.add(matrix(prefix + "ffn_up_exps.weight", width, inner, experts));
            tensors.add(matrix(prefix + "ffn_down_exps.weight", inner, width, experts));
        }
    }

    private GgufWriter.Declaration matrix(String name, long... extents) {
        return new GgufWriter.Declaration(name, type, new Shape(extents));
    }

    private static GgufWriter.Declaration plain(String name, long... extents) {
        return new GgufWriter.Declaration(name, DType.F32, new Shape(extents));
    }

    private void writeAll(GgufWriter writer, Arena arena) throws IOException {
        MemorySegment embedding = embedding(arena);
        writer.write(embedding);
        double into = 1 / Math.sqrt(shape.width());
        // each layer adds twice; random contributions add up like the root of their number
        double added = LAYERS_SHARE / Math.sqrt(2.0 * shape.layers());
        int queries = shape.heads() * shape.headSize();
        for (GgufWriter.Declaration tensor : declarations()) {
            String part = tensor.name().substring(tensor.name().indexOf('.', 4) + 1);
            switch (part) {
                case "attn_norm.weight", "ffn_norm.weight" -> writer.write(ones(arena));
                case "attn_output.weight" -> writeRandom(writer, tensor, added / Math.sqrt(queries), arena);
                case "ffn_down.weight", "ffn_down_exps.weight" ->
                    writeRandom(writer, tensor, added / Math.sqrt(shape.feedForward()), arena);
                case "ffn_gate_inp.weight" -> writer.write(router(tensor, into, arena));
                default -> {
                    if (tensor.name().startsWith("blk.")) {
                        writeRandom(writer, tensor, into, arena);
                    }
                }
            }
        }
        writer.write(ones(arena));
        writer.write(head(embedding, arena));
    }

    /** Rows of deviation 1; those of special tokens, bytes and letters are copies of ordinary ones. */
    private MemorySegment embedding(Arena arena) {
        long row = type.bytesFor(shape.width());
        MemorySegment rows = arena.allocate(row * shape.vocabulary(), 64);
        long first = row * SyntheticVocabulary.FIRST_ORDINARY;
        new RandomBlocks(type, 1)
                .fill(rows.asSlice(first, rows.byteSize() - first), new SplittableRandom(seed ^ 0x5EED));
        for (int token = 0; token < SyntheticVocabulary.FIRST_ORDINARY; token++) {
            rows.asSlice(token * row, row).copyFrom(rows.asSlice(succession.standIn(token) * row, row));
        }
        return rows;
    }

    /** Row after(t) is the embedding of t; tokens that follow none have zeros, and logits of zero. */
    private MemorySegment head(MemorySegment embedding, Arena arena) {
        long row = type.bytesFor(shape.width());
        MemorySegment head = arena.allocate(embedding.byteSize(), 64);
        for (int token = SyntheticVocabulary.FIRST_ORDINARY; token < shape.vocabulary(); token++) {
            head.asSlice(succession.after(token) * row, row).copyFrom(embedding.asSlice(token * row, row));
        }
        return head;
    }

    private MemorySegment ones(Arena arena) {
        float[] values = new float[shape.width()];
        Arrays.fill(values, 1);
        return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
    }

    /** Router weights of their own per layer, or all layers would choose the same experts. */
    private MemorySegment router(GgufWriter.Declaration tensor, double deviation, Arena arena) {
        SplittableRandom random = new SplittableRandom(seed + tensor.name().hashCode());
        float[] values = new float[Math.toIntExact(tensor.shape().elements())];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation * 4);
        }
        return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
    }

    private void writeRandom(GgufWriter writer, GgufWriter.Declaration tensor, double deviation, Arena arena)
            throws IOException {
        MemorySegment pool = pools.computeIfAbsent(deviation, d -> {
            MemorySegment made = arena.allocate((long) POOL_BLOCKS * 2 * type.blockBytes(), 64);
            new RandomBlocks(type, d).fill(made, new SplittableRandom(seed * 31 + Double.hashCode(d)));
            return made;
        });
        SplittableRandom places = new SplittableRandom(seed * 17 + tensor.name().hashCode());
        long left = type.bytesFor(tensor.shape().elements());
        while (left > 0) {
            long size = Math.min(left, (long) POOL_BLOCKS * type.blockBytes());
            long start = (long) places.nextInt(POOL_BLOCKS) * type.blockBytes();
            writer.write(pool.asSlice(start, size));
            left -= size;
        }
    }
}
