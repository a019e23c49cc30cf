package io.specoffload.synthetic;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Finds a cycle that agrees with another on a given share of tokens, evenly along its own course: on every window of 256
 * successive tokens within 0.03.
 *
 * <p>Where the two disagree is drawn token by token, so that runs of agreement have about the lengths of independent
 * draws; only a draw that would take the running count further than {@value #SLACK} tokens from its expectation is
 * turned around. Disagreements cut the other cycle into arcs. The new cycle goes through the arcs in another order,
 * neighbours swapped, so that no arc is followed by the one that follows it there.
 */
final class PairedTokens {

    static final int WINDOW = 256;
    static final double TOLERANCE = 0.03;

    /** Two of these differ by less than the tolerance's 7.68 tokens. */
    private static final double SLACK = 3.6;

    private PairedTokens() {}

    /**
     * A cycle over the same tokens.
     *
     * @param other the cycle to agree with
     * @param acceptance share of tokens with the same successor, 0 to 1
     * @throws IllegalArgumentException if so few tokens cannot have this share
     */
    static NextTokens agreeing(NextTokens other, double acceptance, long seed) {
        int[] course = other.cycle();
        List<Integer> arcs = arcs(course.length, acceptance, seed);
        NextTokens result = other;
        if (!arcs.isEmpty()) {
            result = NextTokens.ofCycle(reordered(course, arcs), other.firstOrdinary());
        }
        double deviation = largestDeviation(result, other, acceptance);
        if (deviation > TOLERANCE) {
            throw new IllegalArgumentException("with " + course.length + " ordinary tokens the acceptance " + acceptance
                    + " cannot hold within " + TOLERANCE + " on every " + WINDOW
                    + " tokens; use a larger vocabulary or another acceptance");
        }
        return result;
    }

    /** The lengths of the arcs along the new cycle, each ending with a token that disagrees; none, or three and more. */
    private static List<Integer> arcs(int tokens, double acceptance, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Integer> arcs = new ArrayList<>();
        double ahead = 0;
        int length = 0;
        for (int i = 0; i < tokens; i++) {
            length++;
            // towards the end the count must come back, for the cycle closes there
            double slack = Math.min(SLACK, 0.6 + 0.05 * (tokens - 1 - i));
            boolean agree = random.nextDouble() < acceptance;
            if (agree && ahead + 1 - acceptance > slack) {
                agree = false;
            } else if (!agree && ahead - acceptance < -slack) {
                agree = true;
            }
            ahead += (agree ? 1 : 0) - acceptance;
            if (!agree) {
                arcs.add(length);
                length = 0;
            }
        }
        if (arcs.isEmpty()) {
            return arcs;
        }
        // the agreeing tokens after the last disagreement belong to the first arc
        arcs.set(0, arcs.getFirst() + length);
        // one or two disagreements are impossible in a single cycle
        while (arcs.size() < 3) {
            int longest = arcs.indexOf(arcs.stream().max(Integer::compare).orElseThrow());
            int whole = arcs.get(longest);
            arcs.set(longest, whole - whole / 2);
            arcs.add(longest, whole / 2);
        }
        return arcs;
    }

    /** Arcs of these lengths, in this order, cut out of the course such that each pair stands there the other way round. */
    private static int[] reordered(int[] course, List<Integer> arcs) {
        int[] result = new int[course.length];
        int done = 0;
        for (int i = 0; i < arcs.size(); ) {
            int group = arcs.size() - i == 3 ? 3 : 2;
            int size = arcs.subList(i, i + group).stream()
                    .mapToInt(Integer::intValue)
                    .sum();
            int from = done + size;
            for (int length : arcs.subList(i, i + group)) {
                from -= length;
                System.arraycopy(course, from, result, done, length);
                done += length;
            }
            i += group;
        }
        return result;
    }

    /** The largest distance from the acceptance, in any window along the cycle. */
    static double largestDeviation(NextTokens tokens, NextTokens other, double acceptance) {
        int[] cycle = tokens.cycle();
        int window = Math.min(WINDOW, cycle.length);
        int agreeing = 0;
        double largest = 0;
        for (int i = 0; i < cycle.length + window; i++) {
            agreeing += agree(tokens, other, cycle[i % cycle.length]);
            if (i >= window) {
                agreeing -= agree(tokens, other, cycle[i - window]);
            }
            if (i >= window - 1) {
                largest = Math.max(largest, Math.abs((double) agreeing / window - acceptance));
            }
        }
        return largest;
    }

    private static int agree(NextTokens tokens, NextTokens other, int token) {
        return tokens.after(token) == other.after(token) ? 1 : 0;
    }
}
