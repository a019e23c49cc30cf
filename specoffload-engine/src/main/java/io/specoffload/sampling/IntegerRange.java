package io.specoffload.sampling;

import static io.specoffload.sampling.Rule.choice;
import static io.specoffload.sampling.Rule.literal;
import static io.specoffload.sampling.Rule.range;
import static io.specoffload.sampling.Rule.repeat;
import static io.specoffload.sampling.Rule.sequence;

import java.util.ArrayList;
import java.util.List;

/** Rules for the decimal texts of the integers of a range, without leading zeros. */
final class IntegerRange {
    /** The largest absolute value that is told apart: 18 digits. */
    static final long LIMIT = 999_999_999_999_999_999L;

    private IntegerRange() {}

    /**
     * The integers from {@code low} to {@code high}, both included; bounds beyond +-{@link #LIMIT} are taken as that.
     *
     * @throws IllegalArgumentException if there is none
     */
    static Rule of(long low, long high) {
        long from = Math.clamp(low, -LIMIT, LIMIT);
        long to = Math.clamp(high, -LIMIT, LIMIT);
        if (low > high) {
            throw new IllegalArgumentException("no integer lies between " + low + " and " + high);
        }
        List<Rule> signs = new ArrayList<>();
        if (from < 0) {
            signs.add(sequence(literal("-"), positive(Math.max(1, -to), -from)));
        }
        if (to >= 0) {
            signs.add(positive(Math.max(0, from), to));
        }
        return new Rule.Choice(signs);
    }

    private static Rule positive(long low, long high) {
        List<Rule> lengths = new ArrayList<>();
        int shortest = Long.toString(low).length();
        int longest = Long.toString(high).length();
        for (int length = shortest; length <= longest; length++) {
            long ten = (long) Math.pow(10, length - 1);
            long least = Math.max(low, length == 1 ? 0 : ten);
            long most = Math.min(high, ten * 10 - 1);
            lengths.add(between(Long.toString(least), Long.toString(most)));
        }
        return new Rule.Choice(lengths);
    }

    /** Digit strings of one length, from {@code low} to {@code high}. */
    private static Rule between(String low, String high) {
        int digits = low.length();
        if (low.equals("0".repeat(digits)) && high.equals("9".repeat(digits))) {
            return repeat(range('0', '9'), digits, digits);
        }
        char first = low.charAt(0);
        char last = high.charAt(0);
        if (first == last) {
            return sequence(range(first, first), between(low.substring(1), high.substring(1)));
        }
        int rest = low.length() - 1;
        String nines = "9".repeat(rest);
        String zeros = "0".repeat(rest);
        List<Rule> parts = new ArrayList<>();
        parts.add(sequence(range(first, first), between(low.substring(1), nines)));
        parts.add(sequence(range(last, last), between(zeros, high.substring(1))));
        if (first + 1 < last) {
            parts.add(sequence(range(first + 1, last - 1), repeat(range('0', '9'), rest, rest)));
        }
        return choice(parts.toArray(Rule[]::new));
    }
}
