package io.specoffload.sampling;

import io.specoffload.sampling.TokenRandom.Purpose;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How one sequence's tokens are chosen: its parameters, random numbers, and what the tokens so far mean for penalties
 * and grammar. The target's and the draft model's logits of a sequence are processed by the same sampler. Candidates
 * are looked at but never remembered; {@link #commit} alone moves it on. Not thread-safe: one user at a time.
 *
 * <p>Greedy sampling takes the most likely token. With a seed, sampling is coupled: draft and target both take the token
 * that maximizes log-probability plus Gumbel noise, a function of seed, position and token, so that output does not
 * depend on speculation. Without a seed, tokens are drawn from the distributions, draft's and target's independently.
 */
public final class Sampler {
    private static final int[] NONE = {};

    private final SamplingParameters parameters;
    private final int vocabularySize;
    private final TokenRandom random;
    private final int[] biasedTokens;
    private final float[] biases;
    private final Truncation truncation;
    private final @Nullable PenaltyWindow penalties;
    private final @Nullable GrammarTrail grammar;
    private float[] scratch = {};

    /**
     * @param vocabularySize tokens that may be produced; rows of the logits from there on are padding
     * @param prompt the tokens before the first one to be chosen, for penalties; not kept
     * @param grammar where the answer starts in its grammar, or null
     * @param random the sequence's random numbers: of {@code parameters.seed()} if that is set, else of a fresh seed
     */
    public Sampler(
            SamplingParameters parameters,
            int vocabularySize,
            int[] prompt,
            @Nullable GrammarState grammar,
            TokenRandom random) {
        this.parameters = parameters;
        this.vocabularySize = vocabularySize;
        this.random = random;
        this.truncation = new Truncation(parameters);
        this.penalties = parameters.hasPenalties() ? new PenaltyWindow(parameters.penaltyWindow(), prompt) : null;
        this.grammar = grammar == null ? null : new GrammarTrail(grammar);
        Map<Integer, Float> bias = new TreeMap<>(parameters.logitBias());
        this.biasedTokens = new int[bias.size()];
        this.biases = new float[bias.size()];
        int i = 0;
        for (Map.Entry<Integer, Float> entry : bias.entrySet()) {
            int token = entry.getKey();
            if (token < 0 || token >= vocabularySize) {
                throw new IllegalArgumentException(
                        "logitBias names token " + token + ", but tokens are 0 to " + (vocabularySize - 1));
            }
            biasedTokens[i] = token;
            biases[i++] = entry.getValue();
        }
    }

    public SamplingParameters parameters() {
        return parameters;
    }

    public TokenRandom random() {
        return random;
    }

    /**
     * Whether draft and target choose by the same function of distribution and position (greedy or coupled), so that a
     * candidate stands iff it equals the target's own choice; otherwise candidates stand by rejection sampling.
     */
    public boolean isDeterministic() {
        return parameters.isGreedy() || parameters.seed() != null;
    }

    /** The grammar's state after the committed tokens, or null without a grammar. */
    public @Nullable GrammarState grammarState() {
        return grammar == null ? null : grammar.committed();
    }

    /** {@link #distribution(float[], int, int[], int)} right after the committed tokens. */
    public Distribution distribution(float[] logits, int offset) {
        return distribution(logits, offset, NONE, 0);
    }

    /**
     * The processed distribution after the committed tokens and the first {@code count} candidates: logit bias,
     * penalties, grammar, temperature, top-k, top-p, min-p. Under greedy sampling all of it is on the most likely token
     * (of equally likely ones the smallest id).
     *
     * @param logits target's or draft's, read from {@code offset}; not changed. -Infinity excludes a token
     * @throws SamplingException if a logit is NaN or +Infinity, or every token is excluded
     * @throws IllegalArgumentException if the grammar does not allow the candidates
     */
    public Distribution distribution(float[] logits, int offset, int[] candidates, int count) {
        GrammarState state = grammar == null ? null : grammar.after(candidates, count);
        float[] values = logits;
        int from = offset;
        if (penalties != null || biases.length > 0) {
            values = adjust(logits, offset, candidates, count);
            from = 0;
        }
        int best = argmax(values, from);
        if (state != null && !(parameters.isGreedy() && best >= 0 && state.allows(best))) {
            values = mask(values, from, state);
            from = 0;
            best = argmax(values, from);
        }
        if (best < 0) {
            throw new SamplingException("every token is excluded" + (state == null ? "" : " by the grammar") + " after "
                    + count + " candidates; check the logit bias and the output schema against the vocabulary");
        }
        return parameters.isGreedy()
                ? Distribution.point(best)
                : truncation.apply(values, from, vocabularySize, values[from + best]);
    }

    /**
     * The target's own token from {@code distribution}.
     *
     * @param position the sequence position that the token takes
     */
    public int choose(Distribution distribution, int position) {
        return choose(distribution, position, Purpose.TARGET);
    }

    /** A drafter's candidate from {@code distribution}: coupled to the target's choice, or independent of it. */
    public int draft(Distribution distribution, int position) {
        return choose(distribution, position, Purpose.DRAFT);
    }

    private int choose(Distribution distribution, int position, Purpose purpose) {
        if (parameters.isGreedy() || distribution.tokens().length == 1) {
            return distribution.argmax();
        }
        return parameters.seed() != null
                ? distribution.race(random, position)
                : distribution.draw(random.uniform(position, purpose));
    }

    /** Appends a token that is part of the output for good. */
    public void commit(int token) {
        if (grammar != null) {
            grammar.commit(token);
        }
        if (penalties != null) {
            penalties.push(token);
        }
    }

    private float[] scratch() {
        if (scratch.length == 0) {
            scratch = new float[vocabularySize];
        }
        return scratch;
    }

    private float[] adjust(float[] logits, int offset, int[] candidates, int count) {
        float[] values = scratch();
        System.arraycopy(logits, offset, values, 0, vocabularySize);
        for (int i = 0; i < biases.length; i++) {
            values[biasedTokens[i]] = bounded(values[biasedTokens[i]] + biases[i], values[biasedTokens[i]]);
        }
        if (penalties != null) {
            for (int i = 0; i < count; i++) {
                penalties.push(candidates[i]);
            }
            penalize(values, penalties);
            for (int i = 0; i < count; i++) {
                penalties.pop();
            }
        }
        return values;
    }

    private void penalize(float[] values, PenaltyWindow window) {
        for (int slot = 0; slot < window.slots(); slot++) {
            int token = window.token(slot);
            int count = window.count(slot);
            if (count > 0 && token < vocabularySize) {
                float before = values[token];
                float repetition = parameters.repetitionPenalty();
                float value = before > 0 ? before / repetition : before * repetition;
                value -= parameters.presencePenalty() + count * parameters.frequencyPenalty();
                values[token] = bounded(value, before);
            }
        }
    }

    /** An adjustment does not overflow what was a number; what was none stays visible as such. */
    private static float bounded(float value, float before) {
        return Float.isFinite(before) ? Math.min(value, Float.MAX_VALUE) : before;
    }

    private float[] mask(float[] logits, int offset, GrammarState state) {
        float[] values = scratch();
        // of adjusted logits this is a copy onto themselves
        System.arraycopy(logits, offset, values, 0, vocabularySize);
        long[] allowed = state.allowed();
        for (int from = 0; from < vocabularySize; from += 64) {
            long word = from >> 6 < allowed.length ? allowed[from >> 6] : 0;
            if (word != -1) {
                int to = Math.min(from + 64, vocabularySize);
                for (int token = from; token < to; token++) {
                    if ((word >>> token & 1) == 0) {
                        values[token] = Float.NEGATIVE_INFINITY;
                    }
                }
            }
        }
        return values;
    }

    /** The largest value's token, the smallest id of several, or -1 if all are -Infinity. */
    private int argmax(float[] values, int from) {
        int best = -1;
        float max = Float.NEGATIVE_INFINITY;
        for (int token = 0; token < vocabularySize; token++) {
            float value = values[from + token];
            if (!(value <= max)) {
                if (!(value <= Float.MAX_VALUE)) {
                    throw new SamplingException("the model's logit of token " + token + " is " + value);
                }
                max = value;
                best = token;
            }
        }
        return best;
    }
}
