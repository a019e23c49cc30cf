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
    private final ForwardBatch batch = new ForwardBatch();
    private final float[] padded;

    /**
     * @param executor runs the draft model; owned by this drafter
     * @param vocabulary tokens that the target may produce; logits that the draft lacks count as impossible
     */
    public ModelDrafter(ForwardExecutor executor, int vocabulary) {
        this.executor = executor;
        this.padded = executor.vocabulary() < vocabulary ? new float[vocabulary] : new float[0];
    }

    @Override
    public Session open() {
        return new CachedSession(executor.kvCache().newSequence());
    }

    @Override
    public List<Candidates> draft(List<Request> requests) {
        List<Proposal> proposals = requests.stream().map(Proposal::new).toList();
        batch.clear();
        proposals.forEach(proposal -> proposal.addPending(batch));
        while (!batch.isEmpty()) {
            Logits logits = executor.forward(batch);
            batch.clear();
            for (Proposal proposal : proposals) {
                if (proposal.awaitsLogits()) {
                    proposal.propose(logits);
                    proposal.addLastCandidate(batch);
                }
            }
        }
        return proposals.stream().map(Proposal::candidates).toList();
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
        private int rowsAhead;
        private int logitIndex = -1;

        Proposal(Request request) {
            this.request = request;
            this.session = (CachedSession) request.session();
            this.tokens = new int[request.count()];
        }

        void addPending(ForwardBatch into) {
            session.synchronize(request.tokens(), request.upTo());
            int from = session.cache.length();
            boolean wanted = request.count() > 0;
            if (wanted && from == request.upTo()) {
                // everything is cached already (the sequence shrank to a known prefix): the last row is needed again
                from--;
                session.cache.truncate(from);
            }
            rowsAhead = from;
            for (int i = from; i < request.upTo(); i++) {
                add(into, request.tokens().token(i), wanted && i == request.upTo() - 1);
            }
        }

        void addLastCandidate(ForwardBatch into) {
            if (drafted < tokens.length) {
                add(into, tokens[drafted - 1], true);
            }
        }

        private void add(ForwardBatch into, int token, boolean wantLogits) {
            session.record(rowsAhead++, token);
            int index = into.add(session.cache, token, wantLogits);
            if (wantLogits) {
                logitIndex = index;
            }
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
