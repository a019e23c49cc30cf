package io.specoffload.pipeline;

import io.specoffload.kv.KvSequence;
import io.specoffload.sampling.Sampler;
import io.specoffload.speculative.Drafter;
import io.specoffload.speculative.TokenSequence;
import io.specoffload.speculative.Verification;
import io.specoffload.tokenizer.StreamDecoder;
import io.specoffload.tokenizer.Tokenizer;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * One request on its way through the pipeline: its tokens, its rows in the caches while it holds a slot, its text so
 * far and its end. Everything but {@link #cancel} belongs to the pipeline's thread.
 *
 * <p>Between rounds the target's cache holds one row less than there are tokens: the last one is processed together
 * with the next candidates.
 */
public final class Sequence implements TokenSequence {

    private final SequenceSpec spec;
    private final SequenceListener listener;
    private final Tokenizer tokenizer;
    private final StreamDecoder decoder;
    private final StopStrings stopStrings;
    private final LongSupplier clock;
    private final long submitted;

    private int[] tokens;
    private int length;
    private @Nullable KvSequence cache;
    private Drafter.@Nullable Session draftSession;
    private @Nullable FinishReason finishReason;
    private volatile boolean cancelled;

    private int rounds;
    private int drafted;
    private int accepted;
    private int stopTokens;
    private long started;
    private long firstToken;

    public Sequence(SequenceSpec spec, Tokenizer tokenizer, SequenceListener listener) {
        this(spec, tokenizer, listener, System::nanoTime);
    }

    /** @param clock the pipeline's, in nanoseconds; the deadline is measured by it */
    public Sequence(SequenceSpec spec, Tokenizer tokenizer, SequenceListener listener, LongSupplier clock) {
        this.spec = spec;
        this.clock = clock;
        this.submitted = clock.getAsLong();
        this.listener = listener;
        this.tokenizer = tokenizer;
        this.decoder = tokenizer.streamDecoder(spec.showSpecial());
        this.stopStrings = new StopStrings(spec.stop());
        this.tokens = Arrays.copyOf(spec.prompt(), spec.prompt().length + Math.min(spec.maxTokens(), 256) + 1);
        this.length = spec.prompt().length;
    }

    /** Ends the sequence at its next hand-over point. Any thread. */
    public void cancel() {
        cancelled = true;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public int token(int i) {
        return tokens[Objects.checkIndex(i, length)];
    }

    int promptLength() {
        return spec.prompt().length;
    }

    Sampler sampler() {
        return spec.sampler();
    }

    boolean holdsSlot() {
        return cache != null;
    }

    boolean speculates() {
        return draftSession != null;
    }

    Drafter.Session draftSession() {
        return Objects.requireNonNull(draftSession, "the sequence does not speculate");
    }

    /** Rows that the draft model has to compute before it can draft. */
    int behind() {
        return draftSession().behind(length);
    }

    KvSequence cache() {
        return Objects.requireNonNull(cache, "the sequence holds no slot");
    }

    /** Tokens whose rows are not in the target's cache: one while decoding, more while the prompt is prefilled. */
    int pending() {
        return length - cache().length();
    }

    /** New tokens that may still come, at least 1 while the sequence runs. */
    int remaining() {
        return spec.maxTokens() - (length - spec.prompt().length);
    }

    /** Whether it has ended, by itself or with an error; its end may not have been told yet. */
    boolean finished() {
        return finishReason != null;
    }

    boolean failed() {
        return finishReason == FinishReason.ERROR;
    }

    /** Why it ended. */
    FinishReason finishReason() {
        return Objects.requireNonNull(finishReason, "the sequence has not ended");
    }

    /** Whether it was cancelled or its time is up. */
    boolean abandoned(long now) {
        return cancelled || (spec.deadline() != SequenceSpec.NO_DEADLINE && now - spec.deadline() >= 0);
    }

    /** Takes a slot: from here on the sequence owns its rows in the caches. */
    void start(KvSequence targetCache, @Nullable Drafter drafter) {
        cache = targetCache;
        draftSession = drafter != null && spec.speculate() ? drafter.open() : null;
        started = started == 0 ? clock.getAsLong() : started;
    }

    /**
     * Gives back its rows in the target's cache, for others to use; its tokens stay, and are processed again in its next
     * slot. {@link #releaseDraft} must follow.
     */
    void evict() {
        cache().close();
        cache = null;
    }

    /** Gives back its rows in the draft's cache. */
    void releaseDraft() {
        if (draftSession != null) {
            draftSession.close();
            draftSession = null;
        }
    }

    /** Appends a verification's tokens one by one, up to the sequence's end if it lies among them. */
    void accept(Verification verification, int candidates) {
        rounds++;
        drafted += candidates;
        if (firstToken == 0) {
            firstToken = clock.getAsLong();
        }
        int[] verified = verification.tokens();
        for (int i = 0; i < verified.length && !finished(); i++) {
            if (i < verification.accepted()) {
                accepted++;
            }
            append(verified[i]);
        }
    }

    private void append(int token) {
        if (!spec.ignoreEos() && tokenizer.vocabulary().isEndOfGeneration(token)) {
            stopTokens = 1;
            emit(stopStrings.append(decoder.finish()));
            if (finishReason == null) {
                emit(stopStrings.finish());
                finishReason = FinishReason.STOP;
            }
            return;
        }
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, 2 * length);
        }
        tokens[length++] = token;
        spec.sampler().commit(token);
        emit(stopStrings.append(decoder.append(token)));
        if (finishReason == null && remaining() == 0) {
            emit(stopStrings.append(decoder.finish()));
            if (finishReason == null) {
                emit(stopStrings.finish());
                finishReason = FinishReason.LENGTH;
            }
        }
    }

    private void emit(String text) {
        if (!text.isEmpty()) {
            listener.onText(text);
        }
        if (stopStrings.isMatched()) {
            finishReason = FinishReason.STOP;
        }
    }

    /** Gives back what the sequence holds and tells its listener the end. */
    void finish(FinishReason reason) {
        finishReason = reason;
        release();
        long now = clock.getAsLong();
        long slot = started == 0 ? now : started;
        long first = firstToken == 0 ? now : firstToken;
        listener.onFinished(new SequenceResult(
                Arrays.copyOfRange(tokens, spec.prompt().length, length),
                reason,
                spec.prompt().length,
                length - spec.prompt().length + stopTokens,
                rounds,
                drafted,
                accepted,
                slot - submitted,
                first - slot,
                now - first));
    }

    /** Gives back what the sequence holds and tells its listener that it failed. */
    void fail(Throwable failure) {
        finishReason = FinishReason.ERROR;
        release();
        listener.onFailed(failure);
    }

    private void release() {
        if (cache != null) {
            cache.close();
            cache = null;
        }
        releaseDraft();
    }
}
