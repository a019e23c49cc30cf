package io.specoffload.engine;

import io.specoffload.tokenizer.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.OptionalInt;

/**
 * Whether a draft model's tokens are the target's. They must agree, bytes and kind, for every token that the target's
 * tokenizer can produce; padding rows that one of them has beyond do not matter.
 */
final class ModelPair {

    private ModelPair() {}

    /**
     * Number of tokens that a model may produce: up to the last one that is not unused padding.
     */
    static int producible(Vocabulary vocabulary) {
        int size = vocabulary.size();
        while (size > 0 && vocabulary.kind(size - 1) == Vocabulary.Kind.UNUSED) {
            size--;
        }
        return size;
    }

    /**
     * Refuses a pair whose vocabularies differ.
     *
     * @throws ModelPairException naming the first difference
     */
    static void check(Vocabulary target, Vocabulary draft) {
        compare("BOS", target.bos(), draft.bos());
        compare("EOS", target.eos(), draft.eos());
        for (int id = 0; id < producible(target); id++) {
            if (target.kind(id) == Vocabulary.Kind.UNUSED) {
                continue;
            }
            if (id >= draft.size()) {
                throw refuse("the draft's vocabulary ends at " + draft.size() + ", but the target's token " + id
                        + " is " + show(target, id));
            }
            if (target.kind(id) != draft.kind(id) || !Arrays.equals(target.bytes(id), draft.bytes(id))) {
                throw refuse("token " + id + " is " + show(target, id) + " in the target and " + show(draft, id)
                        + " in the draft");
            }
        }
    }

    private static void compare(String name, OptionalInt target, OptionalInt draft) {
        if (!target.equals(draft)) {
            throw refuse(name + " is " + show(target) + " in the target and " + show(draft) + " in the draft");
        }
    }

    private static String show(OptionalInt token) {
        return token.isPresent() ? "token " + token.getAsInt() : "absent";
    }

    private static String show(Vocabulary vocabulary, int id) {
        String text = new String(vocabulary.bytes(id), StandardCharsets.UTF_8);
        return "'" + text + "' (" + vocabulary.kind(id) + ")";
    }

    private static ModelPairException refuse(String difference) {
        return new ModelPairException("The draft model does not fit the target model: " + difference
                + ". Use a draft model of the same family, or none.");
    }
}
