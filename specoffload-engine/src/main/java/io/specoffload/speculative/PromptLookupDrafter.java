package io.specoffload.speculative;

import java.util.List;

/**
 * Drafts without a model: what followed the latest earlier occurrence of the sequence's last tokens is proposed again
 * (prompt lookup decoding). Pays where answers repeat their prompt: extraction, summaries, code edits.
 */
public final class PromptLookupDrafter implements Drafter {

    @Override
    public Session open() {
        return new LookupSession();
    }

    @Override
    public List<Candidates> draft(List<Request> requests) {
        return requests.stream().map(PromptLookupDrafter::propose).toList();
    }

    @Override
    public void close() {
        // nothing is held
    }

    private static Candidates propose(Request request) {
        if (request.count() == 0) {
            return Candidates.NONE;
        }
        PromptLookup lookup = ((LookupSession) request.session()).lookup;
        for (int i = lookup.length(); i < request.upTo(); i++) {
            lookup.append(request.tokens().token(i));
        }
        int[] tokens = lookup.propose(request.count());
        return tokens.length == 0 ? Candidates.NONE : new Candidates(tokens, null);
    }

    private static final class LookupSession implements Session {
        private final PromptLookup lookup = new PromptLookup(3, 1);

        @Override
        public int behind(int length) {
            return 0;
        }

        @Override
        public void close() {
            // nothing is held
        }
    }
}
