package io.specoffload.sampling;

import io.specoffload.tokenizer.Vocabulary;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * The bytes of a vocabulary's tokens as a trie, its nodes in preorder: a node's children follow it, and {@link #end}
 * leads past its subtree. Holds the tokens that stand for text; control tokens, and those that end a generation, do not.
 */
final class TokenTrie {
    private static final int NO_TOKEN = -1;

    private final Vocabulary vocabulary;
    private final int words;
    private final long[] endOfGeneration;
    private final int longest;

    /** Per node: its byte, its depth (1 for a token's first byte), where its subtree ends, a token that ends here. */
    private byte[] label = new byte[1024];

    private short[] depth = new short[1024];
    private int[] end = new int[1024];
    private int[] token = new int[1024];
    private int nodes;
    /** Per token: another token of the same bytes. */
    private final int[] twin;

    TokenTrie(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
        int size = vocabulary.size();
        this.words = (size + 63) >> 6;
        this.endOfGeneration = new long[words];
        this.twin = new int[size];
        byte[][] bytes = new byte[size][];
        int longestToken = 0;
        for (int id = 0; id < size; id++) {
            bytes[id] = vocabulary.bytes(id);
            if (vocabulary.isEndOfGeneration(id)) {
                endOfGeneration[id >> 6] |= 1L << id;
            }
        }
        int[] sorted = IntStream.range(0, size)
                .filter(this::isText)
                .boxed()
                .sorted((a, b) -> Arrays.compareUnsigned(bytes[a], bytes[b]))
                .mapToInt(id -> id)
                .toArray();
        int[] path = new int[256];
        byte[] previous = {};
        for (int id : sorted) {
            int common = Arrays.mismatch(previous, bytes[id]);
            int shared = common < 0 ? bytes[id].length : common;
            close(path, shared, previous.length);
            if (bytes[id].length >= path.length) {
                path = Arrays.copyOf(path, bytes[id].length * 2);
            }
            for (int i = shared; i < bytes[id].length; i++) {
                path[i] = addNode(bytes[id][i], i + 1);
            }
            int node = path[bytes[id].length - 1];
            twin[id] = token[node];
            token[node] = id;
            previous = bytes[id];
            longestToken = Math.max(longestToken, previous.length);
        }
        close(path, 0, previous.length);
        this.longest = longestToken;
    }

    private void close(int[] path, int from, int to) {
        for (int i = from; i < to; i++) {
            end[path[i]] = nodes;
        }
    }

    private int addNode(byte value, int level) {
        if (nodes == label.length) {
            label = Arrays.copyOf(label, 2 * nodes);
            depth = Arrays.copyOf(depth, 2 * nodes);
            end = Arrays.copyOf(end, 2 * nodes);
            token = Arrays.copyOf(token, 2 * nodes);
        }
        label[nodes] = value;
        depth[nodes] = (short) level;
        token[nodes] = NO_TOKEN;
        return nodes++;
    }

    /** Whether a token stands for text, so that a grammar can speak about it. */
    boolean isText(int id) {
        if (id < 0 || id >= vocabulary.size() || isEndOfGeneration(id)) {
            return false;
        }
        int length = vocabulary.bytes(id).length;
        return switch (vocabulary.kind(id)) {
            case NORMAL, USER_DEFINED, BYTE -> length > 0 && length <= Short.MAX_VALUE;
            case UNKNOWN, CONTROL, UNUSED -> false;
        };
    }

    boolean isEndOfGeneration(int id) {
        return id >= 0 && id < vocabulary.size() && (endOfGeneration[id >> 6] >>> id & 1) != 0;
    }

    byte[] bytes(int id) {
        return vocabulary.bytes(id);
    }

    /** A mask's length. */
    int words() {
        return words;
    }

    /** The tokens that end a generation, as a mask. */
    long[] endOfGeneration() {
        return endOfGeneration.clone();
    }

    /** Bytes of the longest token. */
    int longest() {
        return longest;
    }

    int nodes() {
        return nodes;
    }

    int label(int node) {
        return label[node] & 0xFF;
    }

    int depth(int node) {
        return depth[node];
    }

    int end(int node) {
        return end[node];
    }

    /** Sets the bits of the tokens that end at {@code node}. */
    void mark(int node, long[] mask) {
        for (int id = token[node]; id != NO_TOKEN; id = twin[id]) {
            mask[id >> 6] |= 1L << id;
        }
    }
}
