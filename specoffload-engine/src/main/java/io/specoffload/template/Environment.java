package io.specoffload.template;

import java.time.Clock;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a rendering can use: filters, tests, global functions, and its budget. */
final class Environment {

    /** A filter: the value before the bar, and the arguments. */
    @FunctionalInterface
    interface Filter {
        Object apply(Object value, Arguments arguments, Environment environment);
    }

    /** A test: the value before {@code is}, and the arguments. */
    @FunctionalInterface
    interface Test {
        boolean holds(Object value, Arguments arguments, Environment environment);
    }

    private static final Map<String, Filter> FILTERS = Filters.all();
    private static final Map<String, Test> TESTS = Tests.all();

    private final Budget budget;
    private final Attributes attributes;
    private final Map<String, Object> globals;

    Environment(TemplateLimits limits, Clock clock) {
        budget = new Budget(limits);
        attributes = new Attributes(budget);
        globals = new Globals(budget, clock).all();
    }

    Budget budget() {
        return budget;
    }

    Attributes attributes() {
        return attributes;
    }

    @Nullable
    Object global(String name) {
        return globals.get(name);
    }

    static boolean hasFilter(String name) {
        return FILTERS.containsKey(name);
    }

    static boolean hasTest(String name) {
        return TESTS.containsKey(name);
    }

    Object filter(String name, Object value, Arguments arguments) {
        Filter filter = FILTERS.get(name);
        if (filter == null) {
            throw new TemplateException("No filter named '" + name + "'.");
        }
        budget.step(1);
        return filter.apply(value, arguments, this);
    }

    boolean test(String name, Object value, Arguments arguments) {
        Test test = TESTS.get(name);
        if (test == null) {
            throw new TemplateException("No test named '" + name + "'.");
        }
        budget.step(1);
        return test.holds(value, arguments, this);
    }
}
