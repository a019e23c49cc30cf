package io.specoffload.synthetic;

import io.specoffload.format.Metadata;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Which token follows which: one cycle through all ordinary tokens. The other tokens are followed like the ordinary token
 * that stands in for them ({@link #standIn}).
 */
final class Succession {

    static final String KEY = "specoffload.synthetic.successors";
    /** Agreements are counted out over stretches of this many tokens, so that every longer window has its share. */
    private static final int STRETCH = 16;

    private final int[] next;

    private Succession(int[] next) {
        this.next = next;
    }

    /** A random one. */
    static Succession random(int vocabulary, long seed) {
        int[] cycle = new int[vocabulary - SyntheticVocabulary.FIRST_ORDINARY];
        Arrays.setAll(cycle, i -> SyntheticVocabulary.FIRST_ORDINARY + i);
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = cycle.length - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swapped = cycle[i];
            cycle[i] = cycle[j];
            cycle[j] = swapped;
        }
        return ofCycle(cycle, vocabulary);
    }

    private static Succession ofCycle(int[] cycle, int vocabulary) {
        int[] next = new int[vocabulary];
        for (int i = 0; i < cycle.length; i++) {
            next[cycle[i]] = cycle[(i + 1) % cycle.length];
        }
        Succession succession = new Succession(next);
        for (int i = 0; i < SyntheticVocabulary.FIRST_ORDINARY; i++) {
            next[i] = next[succession.standIn(i)];
        }
        return succession;
    }

    /**
     * What a synthetic file records.
     *
     * @throws IllegalArgumentException if it records nothing, or nonsense
     */
    static Succession of(Metadata metadata) {
        int[] next = Arrays.stream(metadata.integers(KEY)
                        .orElseThrow(
                                () -> new IllegalArgumentException("the model to pair with was not made by synthesize"
                                        + " (it has no " + KEY + "): its successors are unknown")))
                .mapToInt(Math::toIntExact)
                .toArray();
        int first = SyntheticVocabulary.FIRST_ORDINARY;
        int steps = 0;
        int token = first;
        do {
            if (token < first || token >= next.length) {
                throw new IllegalArgumentException(KEY + " leads to token " + token);
            }
            token = next[token];
            steps++;
        } while (token != first && steps < next.length);
        if (steps != next.length - first) {
            throw new IllegalArgumentException(KEY + " is not one cycle through all ordinary tokens");
        }
        return new Succession(next);
    }

    int vocabulary() {
        return next.length;
    }

    int after(int token) {
        return next[token];
    }

    int[] toArray() {
        return next.clone();
    }

    /** The ordinary token that a special token, byte or letter is treated as; an ordinary token itself. */
    int standIn(int token) {
        int first = SyntheticVocabulary.FIRST_ORDINARY;
        return token >= first ? token : first + token % (next.length - first);
    }

    /**
     * Another single cycle that goes the same way from the given share of tokens. This cycle is cut behind every token
     * that is to disagree, and neighbouring pieces change places. Where it is cut follows from a hash, but every stretch
     * has its share.
     *
     * @param agreement between 0 and 1
     */
    Succession agreeing(double agreement, long seed) {
        int first = SyntheticVocabulary.FIRST_ORDINARY;
        int length = next.length - first;
        int[] cycle = new int[length];
        for (int i = 0, token = first; i < length; i++, token = next[token]) {
            cycle[i] = token;
        }
        boolean[] cut = cuts(length, 1 - agreement, seed);
        int pieces = 0;
        for (boolean c : cut) {
            pieces += c ? 1 : 0;
        }
        if (pieces < 4) {
            return this;
        }
        int[] starts = new int[pieces + 1];
        int piece = 0;
        for (int i = 0; i < length; i++) {
            if (cut[i] && piece < pieces) {
                starts[++piece] = i + 1;
            }
        }
        int[] other = new int[length];
        int at = 0;
        for (int p = 0; p < pieces; p++) {
            int taken = p % 2 == 0 ? p + 1 : p - 1;
            int size = starts[taken + 1] - starts[taken];
            System.arraycopy(cycle, starts[taken], other, at, size);
            at += size;
        }
        return ofCycle(other, next.length);
    }

    /** An even number of cuts, the last one at the end. */
    private static boolean[] cuts(int length, double share, long seed) {
        boolean[] cut = new boolean[length];
        SplittableRandom random = new SplittableRandom(seed);
        int made = 0;
        for (int start = 0; start < length; start += STRETCH) {
            int size = Math.min(STRETCH, length - start);
            long due = Math.round((start + size) * share);
            boolean last = start + size == length;
            if (last && due > 0 && !cut[length - 1]) {
                cut[length - 1] = true;
                made++;
            }
            while (made < due && made < start + size) {
                int i = start + random.nextInt(size);
                if (!cut[i]) {
                    cut[i] = true;
                    made++;
                }
            }
        }
        for (int i = 0; made % 2 != 0 && i < length - 1; i++) {
            if (cut[i]) {
                cut[i] = false;
                made--;
            }
        }
        return cut;
    }
}
