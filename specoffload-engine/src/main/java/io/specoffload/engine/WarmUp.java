package io.specoffload.engine;

import io.specoffload.kv.KvSequence;
import io.specoffload.sampling.Sampler;
import io.specoffload.sampling.SamplingParameters;
import io.specoffload.sampling.TokenRandom;
import io.specoffload.speculative.Candidates;
import io.specoffload.speculative.Drafter;
import io.specoffload.speculative.TokenSequence;
import io.specoffload.speculative.Verifier;
import java.lang.management.CompilationMXBean;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Computes for nobody until the JVM has compiled what decoding runs: chunks of a prompt, single rows, drafting and
 * verifying, on sequences that are dropped. Kernels that still run interpreted are slower by orders of magnitude, and
 * the first requests would pay for it. Ends when the compiler has been idle for a while, at the latest when no further
 * pass fits the time. Takes pages from the KV caches and gives them back; touches no counter and no random state of the
 * engine's.
 */
final class WarmUp {

    private static final Logger log = LoggerFactory.getLogger(WarmUp.class);

    /** The compiler is done when it has had next to nothing to do for so long. */
    private static final long QUIET_NANOS = 400_000_000;

    private static final long QUIET_MILLIS = 8;

    private final LoadedModels models;
    private final Duration limit;
    private final int candidates;
    private final int chunk;
    private final Verifier verifier;
    private final Sampler sampler;
    private final @Nullable CompilationMXBean compiler = ManagementFactory.getCompilationMXBean();

    private long start;
    private long rowNanos;
    private long quietSince;
    private long compiled;

    WarmUp(LoadedModels models, EngineConfig config) {
        this.models = models;
        this.limit = config.warmUp();
        // the last position of the context is for the token that a pass decides
        int room = Math.max(1, models.contextLength() - 1);
        this.candidates = models.draftSource() == null ? 0 : Math.min(config.candidates(), room - 1);
        this.chunk = Math.clamp(config.prefillChunk(), 1, room - candidates);
        this.verifier = new Verifier(models.target());
        this.sampler = new Sampler(
                SamplingParameters.builder().build(), models.producibleTokens(), new int[0], null, new TokenRandom(0));
    }

    /** Warms up; the seconds that took. A failure is logged only: requests will meet it again if it is real. */
    double run() {
        if (limit.isZero()) {
            return 0;
        }
        start = System.nanoTime();
        quietSince = start;
        int cycles = 0;
        try {
            int rows = 1;
            while (fits(rows) && !quiet()) {
                cycle(rows);
                cycles++;
                rows = Math.min(chunk, 4 * rows);
                while (rows > 1 && !fits(rows)) {
                    rows /= 2;
                }
            }
        } catch (RuntimeException failure) {
            log.warn("The warm-up failed; the engine starts without", failure);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        log.info("Warmed up in {} s, {} cycles", Math.round(seconds * 100) / 100.0, cycles);
        return seconds;
    }

    /** Whether a pass of so many rows is likely to end in time, judged by what a row cost in the latest one. */
    private boolean fits(int rows) {
        return System.nanoTime() - start + rows * rowNanos < limit.toNanos();
    }

    private boolean quiet() {
        if (compiler == null || !compiler.isCompilationTimeMonitoringSupported()) {
            return false;
        }
        long now = System.nanoTime();
        long total = compiler.getTotalCompilationTime();
        if (total - compiled > QUIET_MILLIS) {
            compiled = total;
            quietSince = now;
        }
        return now - quietSince > QUIET_NANOS;
    }

    /** A prompt of so many rows, then decoding steps after it. */
    private void cycle(int rows) {
        Text text = new Text(rows, models.producibleTokens());
        Drafter drafter = models.draftSource();
        try (KvSequence cache = models.target().kvCache().newSequence();
                Drafter.Session session = drafter == null ? null : drafter.open()) {
            pass(cache, text, 0, Candidates.NONE);
            for (int i = 0; i < 4 && fits(1); i++) {
                pass(cache, text, rows - 1, Candidates.NONE);
            }
            if (drafter == null || session == null) {
                return;
            }
            if (fits(rows + candidates)) {
                drafter.draft(List.of(new Drafter.Request(session, text, rows, candidates, sampler)));
            }
            for (int i = 0; i < 2 && fits(candidates + 1); i++) {
                pass(cache, text, rows - 1, text.candidates(candidates));
            }
        }
    }

    /** One pass over the text's rows from {@code cached} on and the candidates. */
    private void pass(KvSequence cache, Text text, int cached, Candidates drafted) {
        long before = System.nanoTime();
        cache.truncate(cached);
        Verifier.Outcome outcome = verifier.verify(
                        List.of(new Verifier.Request(cache, text, text.length(), drafted, sampler)))
                .getFirst();
        if (outcome.failure() != null) {
            throw outcome.failure();
        }
        int rows = text.length() - cached + drafted.count();
        rowNanos = (System.nanoTime() - before) / rows;
    }

    /** Tokens from all over the vocabulary. */
    private record Text(int length, int vocabulary) implements TokenSequence {
        @Override
        public int token(int i) {
            return (int) (i * 7919L % vocabulary);
        }

        Candidates candidates(int count) {
            int[] tokens = new int[count];
            for (int i = 0; i < count; i++) {
                tokens[i] = token(length + i);
            }
            return new Candidates(tokens, null);
        }
    }
}
