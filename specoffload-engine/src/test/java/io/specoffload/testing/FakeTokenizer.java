package io.specoffload.testing;

import io.specoffload.tokenizer.StreamDecoder;
import io.specoffload.tokenizer.Tokenizer;
import io.specoffload.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.OptionalInt;

/** One letter per token: 0 is the end of generation, token i the i-th letter from 'a'. */
public final class FakeTokenizer implements Tokenizer, Vocabulary {

    public static final int END = 0;

    private final int size;

    public FakeTokenizer(int size) {
        this.size = size;
    }

    /** The text of token {@code id}. */
    public static String letter(int id) {
        return id == END ? "" : String.valueOf((char) ('a' + id - 1));
    }

    @Override
    public Vocabulary vocabulary() {
        return this;
    }

    @Override
    public int[] encode(String text, boolean addSpecial, boolean parseSpecial) {
        return text.chars().map(letter -> letter - 'a' + 1).toArray();
    }

    @Override
    public String decode(int[] ids, boolean showSpecial) {
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            text.append(letter(id));
        }
        return text.toString();
    }

    @Override
    public StreamDecoder streamDecoder(boolean showSpecial) {
        return new StreamDecoder() {
            @Override
            public String append(int id) {
                return letter(id);
            }

            @Override
            public String finish() {
                return "";
            }
        };
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public byte[] bytes(int id) {
        return letter(id).getBytes(StandardCharsets.UTF_8);
    }

    @Override
    public Kind kind(int id) {
        return id == END ? Kind.CONTROL : Kind.NORMAL;
    }

    @Override
    public OptionalInt bos() {
        return OptionalInt.empty();
    }

    @Override
    public OptionalInt eos() {
        return OptionalInt.of(END);
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
        return id == END;
    }
}
