package io.specoffload.speculative;

import io.specoffload.execution.ForwardExecutor;
import io.specoffload.kv.KvSequence;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Logits;
import io.specoffload.sampling.Distribution;
import io.specoffload.sampling.Sampler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Drafts with a second, smaller model (Leviathan et al. 2023). Each session has a cache of its own in the draft model;
 * what the target rejected is found by comparing with the sequence's tokens and truncated, and whatever the cache lacks
 * (after full acceptance the last candidate's row) is computed with the next step's first pass.
 */
public final class ModelDrafter implements Drafter {

    private final ForwardExecutor executor;
    private final int mostRows;
    private final ForwardBatch batch = new ForwardBatch();
    private final float[] padded;

    /**
     * @param executor runs the draft model; owned by this drafter
     * @param vocabulary tokens that the target may produce; logits that the draft lacks count as impossible
     * @param mostRows of a pass, at least 1: how long a prompt's rows keep others from the device
     */
    public ModelDrafter(ForwardExecutor executor, int vocabulary, int mostRows) {
        if (mostRows < 1) {
            throw new IllegalArgumentException("mostRows is " + mostRows + ", but must be at least 1");
        }
        this.executor = executor;
        this.mostRows = mostRows;
        this.padded = executor.vocabulary() < vocabulary ? new float[vocabulary] : new float[0];
    }

    @Override
    public Session open() {
        return new CachedSession(executor.kvCache().newSequence());
    }

    @Override
    public List<Candidates> draft(List<Request> requests) {
        List<Proposal> proposals = requests.stream().map(Proposal::new).toList();
        while (fill(proposals)) {
            Logits logits = executor.forward(batch);
            for (Proposal proposal : proposals) {
                if (proposal.awaitsLogits()) {
                    proposal.propose(logits);
                }
            }
        }
        return proposals.stream().map(Proposal::candidates).toList();
    }

    /** The next pass: rows that the caches lack, and the candidates drafted last; false if there are none. */
    private boolean fill(List<Proposal> proposals) {
        batch.clear();
        for (Proposal proposal : proposals) {
            proposal.addTo(batch, mostRows - batch.rows());
        }
        return !batch.isEmpty();
    }

    @Override
    public void close() {
        executor.close();
    }

    /** A sequence's rows in the draft's cache, and which tokens they were computed from. */
    private static final class CachedSession implements Session {
        private final KvSequence cache;
        private int[] rows = new int[256];

        CachedSession(KvSequence cache) {
            this.cache = cache;
        }

        /** Drops the rows that do not belong to the sequence as it is now. */
        void synchronize(TokenSequence tokens, int upTo) {
            int agreed = 0;
            int limit = Math.min(cache.length(), upTo);
            while (agreed < limit && rows[agreed] == tokens.token(agreed)) {
                agreed++;
            }
            cache.truncate(agreed);
        }

        @Override
        public int behind(int length) {
            // rows of rejected candidates may be among those that are cached: a few at most
            return Math.max(1, length - cache.length());
        }

        void record(int index, int token) {
            if (index == rows.length) {
                rows = Arrays.copyOf(rows, 2 * index);
            }
            rows[index] = token;
        }

        @Override
        public void close() {
            cache.close();
        }
    }

    /** One request on its way through the passes of a drafting step. */
    private final class Proposal {
        private final Request request;
        private final CachedSession session;
        private final int[] tokens;
        private final List<Distribution> distributions = new ArrayList<>();
        private int drafted;

        /** Rows of the cache, with those of the pass at hand. */
        private int rows;

        private int logitIndex = -1;

        Proposal(Request request) {
            this.request = request;
            this.session = (CachedSession) request.session();
            this.tokens = new int[request.count()];
            session.synchronize(request.tokens(), request.upTo());
            if (request.count() > 0 && session.cache.length() == request.upTo()) {
                // everything is cached already (the sequence shrank to a known prefix): the last row is needed again
                session.cache.truncate(request.upTo() - 1);
            }
            rows = session.cache.length();
        }

        /** Adds the next rows, as far as there is room: of the sequence, then of the candidate drafted last. */
        void addTo(ForwardBatch into, int room) {
            int end = Math.min(lastRow() + 1, rows + room);
            while (rows < end) {
                int token = rows < request.upTo() ? request.tokens().token(rows) : tokens[rows - request.upTo()];
                boolean wantLogits = rows == lastRow() && drafted < tokens.length;
                session.record(rows++, token);
                int index = into.add(session.cache, token, wantLogits);
                if (wantLogits) {
                    logitIndex = index;
                }
            }
        }

        /** The last row that can be computed now and is needed: the last candidate's only for a further one. */
        private int lastRow() {
            return request.upTo() - 1 + Math.min(drafted, Math.max(0, tokens.length - 1));
        }

        boolean awaitsLogits() {
            return logitIndex >= 0;
        }

        void propose(Logits logits) {
            Sampler sampler = request.sampler();
            int row = logitIndex;
            logitIndex = -1;
            float[] values = logits.values();
            int offset = logits.offset(row);
            if (padded.length > 0) {
                Arrays.fill(padded, Float.NEGATIVE_INFINITY);
                System.arraycopy(values, offset, padded, 0, logits.vocabulary());
                values = padded;
                offset = 0;
            }
            Distribution q = sampler.distribution(values, offset, tokens, drafted);
            tokens[drafted] = sampler.draft(q, request.upTo() + drafted);
            distributions.add(q);
            drafted++;
        }

        Candidates candidates() {
            if (drafted == 0) {
                return Candidates.NONE;
            }
            return new Candidates(Arrays.copyOf(tokens, drafted), distributions);
        }
    }
}
