package io.specoffload.synthetic;

import io.specoffload.format.GgufWriter;
import io.specoffload.format.GgufWriter.Declaration;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A model of random weights whose greedy continuation is known: each token has one successor, written into embedding and
 * output head. Every layer is really computed; what it adds to the residual stream is random and small, so that the
 * successor wins. Same arguments, same file. Immutable.
 *
 * <p>A token's embedding is a row of random signs, and the head's row of its successor is the same row: their product
 * is the largest logit, {@value #PEAK}, all others are smaller by the factor of about sqrt(width).
 */
public final class SyntheticModel {

    /** Logit of the successor. */
    private static final double PEAK = 16;

    /**
     * Size of an embedding's elements. Only the ratio to what the layers add matters, since every reader of the residual
     * stream normalizes it; a large value keeps the small weights' float16 scales away from the smallest numbers.
     */
    private static final double EMBEDDING = 64;

    /** What all layers together add to the residual stream, as a share of the embedding. */
    private static final double LAYERS_SHARE = 0.1;

    private static final int POOL_BYTES = 4 << 20;
    private static final int CHUNK_BYTES = 256 << 10;
    /** Metadata and tensor table, for the check of free space. */
    private static final long HEADER_BYTES = 4L << 20;

    private final ModelShape shape;
    private final DType type;
    private final long seed;
    private final NextTokens tokens;
    private final @Nullable String pairedWith;
    private final double acceptance;

    private SyntheticModel(
            ModelShape shape,
            DType type,
            long seed,
            NextTokens tokens,
            @Nullable String pairedWith,
            double acceptance) {
        this.shape = shape;
        this.type = type;
        this.seed = seed;
        this.tokens = tokens;
        this.pairedWith = pairedWith;
        this.acceptance = acceptance;
        fitting(type, shape.width());
        fitting(type, shape.feedForward());
        fitting(type, shape.queryWidth());
    }

    /** A model with a random order of tokens. */
    public static SyntheticModel of(ModelShape shape, DType type, long seed) {
        NextTokens tokens = NextTokens.random(
                shape.vocabulary(), SyntheticVocabulary.FIRST_ORDINARY, mix(seed, "next-tokens".hashCode()));
        return new SyntheticModel(shape, type, seed, tokens, null, 1);
    }

    /**
     * A model whose greedy choice equals that of another synthetic one on a share of tokens.
     *
     * @param other its file, of the same vocabulary
     * @param acceptance the share, 0 to 1; on every 256 successive tokens within 0.03
     * @throws IllegalArgumentException if the other is no synthetic model or the share is impossible
     */
    public static SyntheticModel pairedWith(Path other, double acceptance, ModelShape shape, DType type, long seed)
            throws IOException {
        if (!(acceptance >= 0 && acceptance <= 1)) {
            throw new IllegalArgumentException("the acceptance is " + acceptance + ", but must be between 0 and 1");
        }
        NextTokens theirs = SyntheticMetadata.read(other, shape.vocabulary());
        NextTokens tokens = PairedTokens.agreeing(theirs, acceptance, mix(seed, "acceptance".hashCode()));
        return new SyntheticModel(shape, type, seed, tokens, String.valueOf(other.getFileName()), acceptance);
    }

    /** The token that greedy decoding puts after this one. */
    public int tokenAfter(int token) {
        return tokens.after(token);
    }

    /** Weights, embedding and head included. */
    public long parameters() {
        return declarations().stream().mapToLong(t -> t.shape().elements()).sum();
    }

    /** Bytes of all tensors. */
    public long tensorBytes() {
        return declarations().stream()
                .mapToLong(t -> t.type().bytesFor(t.shape().elements()))
                .sum();
    }

    /**
     * Writes the model's file, tensor after tensor; never more than some megabytes are in memory.
     *
     * @param file replaced when the new one is complete
     * @param progress told the tensor bytes written so far, now and then
     * @throws FileSystemException if the folder has too little free space; nothing is written then
     */
    public void write(Path file, LongConsumer progress) throws IOException {
        requireSpace(file);
        List<Declaration> tensors = declarations();
        Map<String, Object> metadata = SyntheticMetadata.of(shape, type, seed, tokens, pairedWith, acceptance);
        try (GgufWriter writer = GgufWriter.create(file, metadata, tensors)) {
            Output out = new Output(writer, progress);
            for (Declaration tensor : tensors) {
                write(tensor, out);
            }
        }
    }

    private void requireSpace(Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
            throw new NoSuchFileException(String.valueOf(folder));
        }
        long needed = tensorBytes() + HEADER_BYTES;
        long free = Files.getFileStore(folder).getUsableSpace();
        if (needed > free) {
            throw new FileSystemException(
                    file.toString(),
                    null,
                    String.format(
                            "the model takes %.1f GB, but only %.1f GB are free there; choose another folder, type or shape",
                            needed / 1e9, free / 1e9));
        }
    }

    /** The type that rows of so many elements are stored in: where they do not fill the type's blocks, a near one. */
    static DType fitting(DType type, int columns) {
        DType fitting = columns % type.blockSize() == 0
                ? type
                : switch (type) {
                    case Q2_K, Q3_K -> DType.Q4_0;
                    case Q4_K -> DType.Q5_0;
                    case Q5_K -> DType.Q5_1;
                    case Q6_K -> DType.Q8_0;
                    case IQ4_XS -> DType.IQ4_NL;
                    default -> type;
                };
        if (columns % fitting.blockSize() != 0) {
            throw new IllegalArgumentException("rows of " + columns + " elements do not fill whole " + fitting
                    + " blocks of " + fitting.blockSize() + "; change the shape, or use F16");
        }
        return fitting;
    }

    private List<Declaration> declarations() {
        List<Declaration> tensors = new ArrayList<>();
        int width = shape.width();
        int inner = shape.feedForward();
        DType outer = SignBlocks.typeFor(type, width);
        // the usual mixes give the head more bits than the rest
        boolean few = !outer.isFloat() && outer != DType.Q8_0;
        tensors.add(new Declaration("token_embd.weight", outer, new Shape(width, shape.vocabulary())));
        for (int layer = 0; layer < shape.layers(); layer++) {
            String block = "blk." + layer + ".";
            tensors.add(norm(block + "attn_norm.weight"));
            tensors.add(matrix(block + "attn_q.weight", width, shape.queryWidth()));
            tensors.add(matrix(block + "attn_k.weight", width, shape.kvWidth()));
            tensors.add(matrix(block + "attn_v.weight", width, shape.kvWidth()));
            tensors.add(matrix(block + "attn_output.weight", shape.queryWidth(), width));
            tensors.add(norm(block + "ffn_norm.weight"));
            if (shape.hasExperts()) {
                tensors.add(
                        new Declaration(block + "ffn_gate_inp.weight", DType.F32, new Shape(width, shape.experts())));
                tensors.add(matrix(block + "ffn_gate_exps.weight", width, inner, shape.experts()));
                tensors.add(matrix(block + "ffn_up_exps.weight", width, inner, shape.experts()));
                tensors.add(matrix(block + "ffn_down_exps.weight", inner, width, shape.experts()));
            } else {
                tensors.add(matrix(block + "ffn_gate.weight", width, inner));
                tensors.add(matrix(block + "ffn_up.weight", width, inner));
                tensors.add(matrix(block + "ffn_down.weight", inner, width));
            }
        }
        tensors.add(norm("output_norm.weight"));
        tensors.add(new Declaration(
                "output.weight", few ? fitting(DType.Q6_K, width) : outer, new Shape(width, shape.vocabulary())));
        return tensors;
    }

    private Declaration norm(String name) {
        return new Declaration(name, DType.F32, new Shape(shape.width()));
    }

    private Declaration matrix(String name, long... extents) {
        return new Declaration(name, fitting(type, (int) extents[0]), new Shape(extents));
    }

    private void write(Declaration tensor, Output out) throws IOException {
        String name = tensor.name();
        if (name.equals("token_embd.weight")) {
            writeSigns(tensor, out, false);
        } else if (name.equals("output.weight")) {
            writeSigns(tensor, out, true);
        } else if (name.contains("norm")) {
            ByteBuffer ones = buffer(Math.toIntExact(4 * tensor.shape().elements()));
            for (int i = 0; i < tensor.shape().elements(); i++) {
                ones.putFloat(1);
            }
            out.write(ones.flip());
        } else {
            writeRandom(tensor, out);
        }
    }

    /** The embedding, or the head: its row of a token is the embedding of the one before it. */
    private void writeSigns(Declaration tensor, Output out, boolean head) throws IOException {
        int width = shape.width();
        int rowBytes = Math.toIntExact(tensor.type().bytesFor(width));
        ByteBuffer buffer = buffer(Math.max(rowBytes, CHUNK_BYTES / rowBytes * rowBytes));
        int[] before = tokens.inverse();
        for (int token = 0; token < shape.vocabulary(); token++) {
            boolean ordinary = token >= tokens.firstOrdinary();
            int source = head && ordinary
                    ? before[token]
                    : NextTokens.standIn(token, tokens.firstOrdinary(), tokens.vocabulary());
            double magnitude = EMBEDDING;
            long[] signs;
            if (head && !ordinary) {
                // never the largest logit: a row of its own, smaller than the others
                signs = signs(~token, width);
                magnitude = PEAK / width / 4;
            } else {
                signs = signs(source, width);
                magnitude = head ? PEAK / width : EMBEDDING;
            }
            SignBlocks.append(buffer, tensor.type(), signs, width, magnitude);
            if (!buffer.hasRemaining() || token == shape.vocabulary() - 1) {
                out.write(buffer.flip());
                buffer.clear();
            }
        }
    }

    private long[] signs(int row, int width) {
        SplittableRandom random = new SplittableRandom(mix(mix(seed, "signs".hashCode()), row));
        long[] signs = new long[(width + 63) / 64];
        for (int i = 0; i < signs.length; i++) {
            signs[i] = random.nextLong();
        }
        return signs;
    }

    /** Pieces of one pool of random blocks, beginning at random ones: cheap, and no two tensors alike. */
    private void writeRandom(Declaration tensor, Output out) throws IOException {
        ByteBuffer pool = out.pool(tensor.type(), rms(tensor), mix(seed, "pool".hashCode()));
        int blockBytes = tensor.type().blockBytes();
        int poolBlocks = pool.capacity() / blockBytes;
        long blocks = tensor.shape().elements() / tensor.type().blockSize();
        SplittableRandom random = new SplittableRandom(mix(seed, tensor.name().hashCode()));
        while (blocks > 0) {
            int count = (int) Math.min(blocks, Math.max(1, CHUNK_BYTES / blockBytes));
            int from = random.nextInt(poolBlocks - count + 1);
            out.write(pool.slice(from * blockBytes, count * blockBytes));
            blocks -= count;
        }
    }

    /** Root mean square of a tensor's elements: results of size one, or small ones where a layer adds to the stream. */
    private double rms(Declaration tensor) {
        double unit = 1 / Math.sqrt(tensor.shape().columns());
        boolean adds = tensor.name().contains("attn_output") || tensor.name().contains("ffn_down");
        return adds ? unit * EMBEDDING * LAYERS_SHARE / Math.sqrt(2.0 * shape.layers()) : unit;
    }

    private static long mix(long seed, long salt) {
        return new SplittableRandom(seed * 0x9E3779B97F4A7C15L + salt).nextLong();
    }

    private static ByteBuffer buffer(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The file in the making, and the pools made so far. */
    private static final class Output {

        private record PoolKey(DType type, double rms) {}

        private final GgufWriter writer;
        private final LongConsumer progress;
        private final Map<PoolKey, ByteBuffer> pools = new HashMap<>();
        private long written;

        Output(GgufWriter writer, LongConsumer progress) {
            this.writer = writer;
            this.progress = progress;
        }

        void write(ByteBuffer bytes) throws IOException {
            written += bytes.remaining();
            writer.write(bytes);
            progress.accept(written);
        }

        ByteBuffer pool(DType type, double rms, long seed) {
            return pools.computeIfAbsent(new PoolKey(type, rms), key -> {
                ByteBuffer made = RandomBlocks.of(type, POOL_BYTES / type.blockBytes(), rms, seed);
                return buffer(made.capacity()).put(made).clear();
            });
        }
    }
}
