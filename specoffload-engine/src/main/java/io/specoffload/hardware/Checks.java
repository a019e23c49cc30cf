package io.specoffload.hardware;

import java.util.Collections;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What the records of this package demand of their values. */
final class Checks {

    private Checks() {}

    /** Records are also made by JSON binding, which knows no non-null types. */
    static void present(String name, @Nullable Object value) {
        if (value == null) {
            throw new IllegalArgumentException(name + " is missing");
        }
    }

    static void positive(String name, @Nullable Number value) {
        if (value != null && !(value.doubleValue() > 0 && Double.isFinite(value.doubleValue()))) {
            throw new IllegalArgumentException(name + " is " + value + ", but must be above 0");
        }
    }

    static void notNegative(String name, @Nullable Number value) {
        if (value != null && !(value.doubleValue() >= 0 && Double.isFinite(value.doubleValue()))) {
            throw new IllegalArgumentException(name + " is " + value + ", but must be 0 or more");
        }
    }

    /** An unmodifiable copy of a curve's knots: at least one, at positive places, of positive values. */
    static SortedMap<Integer, Double> knots(String name, SortedMap<Integer, Double> knots) {
        present(name + "'s knots", knots);
        if (knots.isEmpty()) {
            throw new IllegalArgumentException(name + " has no value");
        }
        knots.forEach((at, value) -> {
            positive(name + "'s knot", at);
            positive(name + " at " + at, value);
        });
        return Collections.unmodifiableSortedMap(new TreeMap<>(knots));
    }

    /** The value of a knot that is there. */
    static double value(SortedMap<Integer, Double> knots, Integer at) {
        return Objects.requireNonNull(knots.get(at));
    }
}
