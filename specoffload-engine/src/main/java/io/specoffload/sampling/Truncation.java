package io.specoffload.sampling;

import java.util.Arrays;

/**
 * Temperature, top-k, top-p and min-p: from adjusted logits to a normalized {@link Distribution}. Holds scratch arrays:
 * one user at a time.
 *
 * <p>Tokens are handled as 64-bit keys, the logit's order-preserving bits above the complemented id, so that a larger
 * key is a larger logit or, among equal ones, a smaller id, and no object is made per token.
 */
final class Truncation {
    /** Tokens less likely than e^-50 times the most likely one count as impossible: far below float rounding. */
    private static final double NEGLIGIBLE = -50;

    private final SamplingParameters parameters;
    private long[] keys = new long[0];

    Truncation(SamplingParameters parameters) {
        this.parameters = parameters;
    }

    /**
     * @param logits adjusted logits, one per token from {@code offset}; -Infinity for excluded tokens
     * @param max the largest of them, finite
     */
    Distribution apply(float[] logits, int offset, int size, float max) {
        float floor = (float) Math.max(-Float.MAX_VALUE, max + NEGLIGIBLE * parameters.temperature());
        int k = parameters.topK() > 0 ? Math.min(parameters.topK(), size) : size;
        if (keys.length < k) {
            keys = new long[k];
        }
        int count = k < size ? selectTop(logits, offset, size, floor) : selectAll(logits, offset, size, floor);
        if (parameters.topP() < 1) {
            count = selectNucleus(count, max);
        }
        return normalize(count, max);
    }

    private int selectAll(float[] logits, int offset, int size, float floor) {
        int count = 0;
        for (int token = 0; token < size; token++) {
            float logit = logits[offset + token];
            if (logit >= floor) {
                keys[count++] = key(logit, token);
            }
        }
        return count;
    }

    /** The top-k tokens, through a heap of k whose root is the worst one kept. */
    private int selectTop(float[] logits, int offset, int size, float floor) {
        int k = parameters.topK();
        int count = 0;
        float worst = floor;
        for (int token = 0; token < size; token++) {
            float logit = logits[offset + token];
            if (count < k) {
                if (logit >= floor) {
                    siftUp(count++, key(logit, token));
                    worst = logit(keys[0]);
                }
            } else if (logit > worst) {
                siftDown(key(logit, token), k);
                worst = logit(keys[0]);
            }
        }
        return count;
    }

    private void siftUp(int from, long key) {
        int slot = from;
        while (slot > 0 && keys[(slot - 1) >> 1] > key) {
            keys[slot] = keys[(slot - 1) >> 1];
            slot = (slot - 1) >> 1;
        }
        keys[slot] = key;
    }

    private void siftDown(long key, int count) {
        int slot = 0;
        for (int child = 1; child < count; child = 2 * slot + 1) {
            if (child + 1 < count && keys[child + 1] < keys[child]) {
                child++;
            }
            if (keys[child] >= key) {
                break;
            }
            keys[slot] = keys[child];
            slot = child;
        }
        keys[slot] = key;
    }

    /**
     * Top-p. Sorts few keys: those below (1 - p) / count of the total have less than 1 - p together, so the others
     * reach p without them.
     */
    private int selectNucleus(int count, float max) {
        double total = 0;
        for (int i = 0; i < count; i++) {
            total += weight(logit(keys[i]), max);
        }
        // a hair lower, so that rounding drops none that belongs
        double least = 0.999 * total * (1 - parameters.topP()) / count;
        int eligible = 0;
        for (int i = 0; i < count; i++) {
            if (weight(logit(keys[i]), max) >= least) {
                keys[eligible++] = keys[i];
            }
        }
        Arrays.sort(keys, 0, eligible);
        double needed = total * parameters.topP();
        double reached = 0;
        int first = eligible;
        while (first > 0 && reached < needed) {
            reached += weight(logit(keys[--first]), max);
        }
        System.arraycopy(keys, first, keys, 0, eligible - first);
        return eligible - first;
    }

    /** Min-p, then probabilities in ascending order of ids. */
    private Distribution normalize(int count, float max) {
        double total = 0;
        int kept = 0;
        boolean ascending = true;
        for (int i = 0; i < count; i++) {
            double weight = weight(logit(keys[i]), max);
            if (weight >= parameters.minP()) {
                total += weight;
                // from here on a key is the id above the bits of its weight
                keys[kept] = (long) token(keys[i]) << 32 | Float.floatToRawIntBits((float) weight);
                ascending &= kept == 0 || keys[kept - 1] < keys[kept];
                kept++;
            }
        }
        if (!ascending) {
            Arrays.sort(keys, 0, kept);
        }
        int[] tokens = new int[kept];
        float[] probabilities = new float[kept];
        for (int i = 0; i < kept; i++) {
            tokens[i] = (int) (keys[i] >> 32);
            probabilities[i] = (float) (Float.intBitsToFloat((int) keys[i]) / total);
        }
        return new Distribution(tokens, probabilities);
    }

    /** A token's probability relative to the most likely one's. */
    private double weight(float logit, float max) {
        return Math.exp(((double) logit - max) / parameters.temperature());
    }

    private static long key(float logit, int token) {
        int bits = Float.floatToRawIntBits(logit + 0f);
        int ordered = bits ^ (bits >> 31 & Integer.MAX_VALUE);
        return (long) ordered << 32 | (~token & 0xFFFFFFFFL);
    }

    private static float logit(long key) {
        int ordered = (int) (key >> 32);
        return Float.intBitsToFloat(ordered ^ (ordered >> 31 & Integer.MAX_VALUE));
    }

    private static int token(long key) {
        return ~(int) key;
    }
}
