package io.specoffload.sampling;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Makes sure that a grammar can be walked: some finite text exists (rules that derive none are marked and never entered),
 * and no rule reaches itself without a byte in between.
 */
final class RuleCheck {
    private final List<Rule> rules = new ArrayList<>();

    private RuleCheck() {}

    /**
     * Fills in every reachable rule's {@link Rule#shortest}.
     *
     * @throws IllegalArgumentException if the grammar cannot be walked
     */
    static void prepare(Rule start) {
        measured(start).refuseLeftRecursion();
        if (start.shortest() == Rule.ENDLESS) {
            throw new IllegalArgumentException(
                    "the schema describes no finite value: a required part contains itself without end");
        }
    }

    /** Whether some finite text exists. */
    static boolean isFinite(Rule start) {
        measured(start);
        return start.shortest() != Rule.ENDLESS;
    }

    private static RuleCheck measured(Rule start) {
        RuleCheck check = new RuleCheck();
        check.collect(start);
        check.measure();
        return check;
    }

    private void collect(Rule start) {
        Set<Rule> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        Deque<Rule> open = new ArrayDeque<>();
        open.push(start);
        while (!open.isEmpty()) {
            Rule rule = open.pop();
            if (seen.add(rule)) {
                rules.add(rule);
                parts(rule).forEach(open::push);
            }
        }
    }

    private static List<Rule> parts(Rule rule) {
        return switch (rule) {
            case Rule.Bytes bytes -> List.of();
            case Rule.Literal literal -> List.of();
            case Rule.Sequence sequence -> sequence.parts;
            case Rule.Choice choice -> choice.alternatives;
            case Rule.Repeat repeat -> List.of(repeat.item);
            case Rule.Scope scope -> List.of(scope.body);
            case Rule.Reference reference -> List.of(reference.target);
        };
    }

    /** Relaxes until nothing changes; those never reached stay endless. */
    private void measure() {
        boolean changed = true;
        while (changed) {
            changed = false;
            // parts mostly come after their wholes
            for (int i = rules.size() - 1; i >= 0; i--) {
                Rule rule = rules.get(i);
                int shortest = shortest(rule);
                if (shortest < rule.shortest()) {
                    rule.shortest(shortest);
                    changed = true;
                }
            }
        }
    }

    private static int shortest(Rule rule) {
        return switch (rule) {
            case Rule.Bytes bytes -> 1;
            case Rule.Literal literal -> literal.bytes.length;
            case Rule.Sequence sequence -> {
                long sum = 0;
                for (Rule part : sequence.parts) {
                    sum += part.shortest();
                }
                yield clamp(sum);
            }
            case Rule.Choice choice -> {
                int least = Rule.ENDLESS;
                for (Rule alternative : choice.alternatives) {
                    least = Math.min(least, alternative.shortest());
                }
                yield least;
            }
            case Rule.Repeat repeat -> repeat.min == 0 ? 0 : clamp((long) repeat.min * repeat.item.shortest());
            case Rule.Scope scope -> scope.body.shortest();
            case Rule.Reference reference -> reference.target.shortest();
        };
    }

    private static int clamp(long sum) {
        return (int) Math.min(sum, Rule.ENDLESS);
    }

    private void refuseLeftRecursion() {
        Map<Rule, Integer> waiting = new HashMap<>();
        Map<Rule, List<Rule>> first = new HashMap<>();
        for (Rule rule : rules) {
            first.put(rule, firstParts(rule));
            firstParts(rule).forEach(part -> waiting.merge(part, 1, Integer::sum));
        }
        // Kahn's algorithm: what is left over lies on or behind a cycle
        Deque<Rule> free = new ArrayDeque<>();
        rules.stream().filter(rule -> !waiting.containsKey(rule)).forEach(free::push);
        int done = 0;
        while (!free.isEmpty()) {
            done++;
            for (Rule part : first.getOrDefault(free.pop(), List.of())) {
                if (waiting.merge(part, -1, Integer::sum) == 0) {
                    free.push(part);
                }
            }
        }
        if (done < rules.size()) {
            throw new IllegalArgumentException("the schema refers to itself without anything in between");
        }
    }

    /** The rules that may be entered before a byte of {@code rule} was read. */
    private static List<Rule> firstParts(Rule rule) {
        if (!(rule instanceof Rule.Sequence sequence)) {
            return parts(rule);
        }
        int end = 0;
        while (end < sequence.parts.size()) {
            if (sequence.parts.get(end++).shortest() > 0) {
                break;
            }
        }
        return sequence.parts.subList(0, end);
    }
}
