package io.specoffload.synthetic;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A SentencePiece vocabulary of made-up words: {@code <unk>}, {@code <s>}, {@code </s>}, 256 byte tokens, then ordinary
 * pieces: single characters, syllables, and words of two, three and four syllables with and without a leading space.
 * Every piece is two earlier ones joined, so that the tokenizer can reach it; the byte tokens make every text
 * representable. Only pieces are ordinary tokens: continuations of them are valid text.
 */
final class SyntheticVocabulary {

    /** The first ordinary token. */
    static final int FIRST_ORDINARY = 259;

    /** Room for a few ordinary tokens. */
    static final int MINIMUM = FIRST_ORDINARY + 41;

    static final int MAXIMUM = 1 << 20;

    private static final String SPACE = "\u2581";
    private static final String CONSONANTS = "bcdfghjklmnpqrstvwxz";
    private static final String VOWELS = "aeiou";
    private static final int NORMAL = 1;
    private static final int UNKNOWN = 2;
    private static final int CONTROL = 3;
    private static final int BYTE = 6;

    private SyntheticVocabulary() {}

    /** The pieces of a vocabulary of {@code size} tokens, in order. */
    static List<String> tokens(int size) {
        List<String> tokens = new ArrayList<>(size);
        tokens.addAll(List.of("<unk>", "<s>", "</s>"));
        for (int value = 0; value < 256; value++) {
            tokens.add(String.format("<0x%02X>", value));
        }
        addCharacters(tokens, size);
        List<String> syllables = new ArrayList<>();
        for (char consonant : CONSONANTS.toCharArray()) {
            for (char vowel : VOWELS.toCharArray()) {
                syllables.add("" + consonant + vowel);
            }
        }
        List<String> words = syllables;
        while (tokens.size() < size) {
            add(tokens, size, "", words);
            add(tokens, size, SPACE, words);
            if (tokens.size() < size) {
                words = longer(words, syllables, size - tokens.size());
            }
        }
        return tokens;
    }

    private static void addCharacters(List<String> tokens, int size) {
        List<String> characters = new ArrayList<>();
        characters.add(SPACE);
        for (char letter = 'a'; letter <= 'z'; letter++) {
            characters.add(String.valueOf(letter));
        }
        for (char other = '!'; other <= '~'; other++) {
            if (other < 'a' || other > 'z') {
                characters.add(String.valueOf(other));
            }
        }
        add(tokens, size, "", characters);
    }

    private static void add(List<String> tokens, int size, String prefix, List<String> words) {
        for (String word : words) {
            if (tokens.size() == size) {
                return;
            }
            tokens.add(prefix + word);
        }
    }

    /** At most {@code limit} words that are one syllable longer. */
    private static List<String> longer(List<String> words, List<String> syllables, int limit) {
        List<String> result = new ArrayList<>();
        for (String word : words) {
            for (String syllable : syllables) {
                if (result.size() == limit) {
                    return result;
                }
                result.add(word + syllable);
            }
        }
        return result;
    }

    /** Adds the {@code tokenizer.ggml.*} entries of a vocabulary of {@code size} tokens. */
    static void describe(int size, Map<String, Object> metadata) {
        float[] scores = new float[size];
        int[] types = new int[size];
        for (int id = 0; id < size; id++) {
            boolean ordinary = id >= FIRST_ORDINARY;
            // pieces that come first are joined first
            scores[id] = ordinary ? FIRST_ORDINARY - id : 0;
            types[id] = ordinary ? NORMAL : id >= 3 ? BYTE : id == 0 ? UNKNOWN : CONTROL;
        }
        metadata.put("tokenizer.ggml.model", "llama");
        metadata.put("tokenizer.ggml.pre", "default");
        metadata.put("tokenizer.ggml.tokens", tokens(size));
        metadata.put("tokenizer.ggml.scores", scores);
        metadata.put("tokenizer.ggml.token_type", types);
        metadata.put("tokenizer.ggml.bos_token_id", 1);
        metadata.put("tokenizer.ggml.eos_token_id", 2);
        metadata.put("tokenizer.ggml.unknown_token_id", 0);
        metadata.put("tokenizer.ggml.add_bos_token", true);
        metadata.put("tokenizer.ggml.add_eos_token", false);
        metadata.put("tokenizer.ggml.add_space_prefix", true);
        metadata.put(
                "tokenizer.chat_template",
                "{{ bos_token }}{% for message in messages %}{{ message['role'] }}: {{ message['content'] }}\n"
                        + "{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}");
    }
}
