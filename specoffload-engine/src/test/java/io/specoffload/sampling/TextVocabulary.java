package io.specoffload.sampling;

import io.specoffload.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;

/** A vocabulary of all single bytes, of given pieces, and of a few tokens that are no text. */
final class TextVocabulary implements Vocabulary {
    private final List<byte[]> tokens = new ArrayList<>();
    private final List<Kind> kinds = new ArrayList<>();
    final int end;
    final int control;

    TextVocabulary(List<byte[]> pieces) {
        control = add("<control>".getBytes(StandardCharsets.UTF_8), Kind.CONTROL);
        end = add("<end>".getBytes(StandardCharsets.UTF_8), Kind.CONTROL);
        add(new byte[0], Kind.NORMAL);
        add("\"".getBytes(StandardCharsets.UTF_8), Kind.UNUSED);
        for (int b = 0; b < 256; b++) {
            add(new byte[] {(byte) b}, Kind.BYTE);
        }
        pieces.forEach(piece -> add(piece, Kind.NORMAL));
    }

    /** Pieces cut at random out of the samples, so that many straddle the boundaries of the grammar's parts. */
    static TextVocabulary random(Random random, List<String> samples, int pieces) {
        List<byte[]> cut = new ArrayList<>();
        for (int i = 0; i < pieces; i++) {
            byte[] sample = samples.get(random.nextInt(samples.size())).getBytes(StandardCharsets.UTF_8);
            int from = random.nextInt(sample.length);
            cut.add(Arrays.copyOfRange(sample, from, Math.min(sample.length, from + 2 + random.nextInt(9))));
        }
        return new TextVocabulary(cut);
    }

    private int add(byte[] bytes, Kind kind) {
        tokens.add(bytes);
        kinds.add(kind);
        return tokens.size() - 1;
    }

    /** A random way to cut {@code bytes} into tokens. */
    int[] tokenize(byte[] bytes, Random random) {
        List<Integer> ids = new ArrayList<>();
        int at = 0;
        while (at < bytes.length) {
            List<Integer> fitting = new ArrayList<>();
            for (int id = 4; id < tokens.size(); id++) {
                byte[] token = tokens.get(id);
                if (at + token.length <= bytes.length
                        && Arrays.equals(token, 0, token.length, bytes, at, at + token.length)) {
                    fitting.add(id);
                }
            }
            int id = fitting.get(random.nextInt(fitting.size()));
            ids.add(id);
            at += tokens.get(id).length;
        }
        return ids.stream().mapToInt(i -> i).toArray();
    }

    @Override
    public int size() {
        return tokens.size();
    }

    @Override
    public byte[] bytes(int id) {
        return tokens.get(id);
    }

    @Override
    public Kind kind(int id) {
        return kinds.get(id);
    }

    @Override
    public OptionalInt bos() {
        return OptionalInt.empty();
    }

    @Override
    public OptionalInt eos() {
        return OptionalInt.of(end);
    }

    @Override
    public boolean addBos() {
        return false;
    }

    @Override
    public boolean addEos() {
        return false;
    }

    @Override
    public boolean isEndOfGeneration(int id) {
        return id == end;
    }
}
