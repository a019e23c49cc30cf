package io.specoffload.template;

import io.specoffload.template.Arguments.Bound;
import java.time.Clock;
import java.time.ZonedDateTime;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The functions that every template can call. */
final class Globals {

    private final Budget budget;
    private final Clock clock;

    Globals(Budget budget, Clock clock) {
        this.budget = budget;
        this.clock = clock;
    }

    Map<String, Object> all() {
        return Map.of(
                "range", (Callable) this::range,
                "dict", (Callable) arguments -> mapping("dict", arguments),
                "namespace", (Callable) this::namespace,
                "cycler", (Callable) arguments -> new Cycler(arguments.positional()),
                "joiner", (Callable) this::joiner,
                "raise_exception", (Callable) this::raise,
                "strftime_now", (Callable) this::now);
    }

    private Object range(Arguments arguments) {
        int count = arguments.positional().size();
        Bound bound = count < 2 ? arguments.bind("range", "stop") : arguments.bind("range", "start", "stop", "step");
        long start = bound.integer("start", 0);
        bound.required("stop");
        long stop = bound.integer("stop", 0);
        long step = bound.integer("step", 1);
        if (step == 0) {
            throw new TemplateException("range() arg 3 must not be zero");
        }
        int limit = budget.limits().range();
        // in doubles, where nothing overflows
        if (((double) stop - start) / step > limit) {
            throw new TemplateException("Range too big. The sandbox blocks ranges larger than " + limit + ".");
        }
        return new Range(start, stop, step);
    }

    private Map<Object, Object> mapping(String function, Arguments arguments) {
        Map<Object, Object> result = new LinkedHashMap<>();
        if (arguments.positional().size() > 1) {
            throw new TemplateException(function + " expected at most 1 argument, got "
                    + arguments.positional().size());
        }
        for (Object source : arguments.positional()) {
            if (source instanceof Map<?, ?> map) {
                budget.list(map.size());
                result.putAll(map);
            } else {
                Iterator<Object> pairs = Values.iterate(source);
                while (pairs.hasNext()) {
                    List<Object> pair = Values.list(pairs.next(), budget);
                    if (pair.size() != 2) {
                        throw new TemplateException(
                                "dictionary update sequence element has length " + pair.size() + "; 2 is required");
                    }
                    result.put(Values.hashable(pair.get(0)), pair.get(1));
                }
            }
        }
        result.putAll(arguments.named());
        return result;
    }

    private Object namespace(Arguments arguments) {
        Namespace namespace = new Namespace();
        mapping("namespace", arguments)
                .forEach((key, value) -> namespace.attributes().put(Texts.str(key, budget), value));
        return namespace;
    }

    private Object joiner(Arguments arguments) {
        String separator = arguments.bind("joiner", "sep").text("sep", ", ");
        boolean[] used = new boolean[1];
        return (Callable) none -> {
            String result = used[0] ? separator : "";
            used[0] = true;
            return result;
        };
    }

    private Object raise(Arguments arguments) {
        Object message = arguments.bind("raise_exception", "message").required("message");
        throw new TemplateRefusalException(Texts.str(message, budget), budget.line());
    }

    private Object now(Arguments arguments) {
        String format = arguments.bind("strftime_now", "format").requiredText("format");
        budget.step(10L * format.length());
        return TimeFormat.format(format, ZonedDateTime.now(clock));
    }

    /** Gives its items in turn, over and over. */
    static final class Cycler {
        private final List<Object> items;
        private int position;

        Cycler(List<Object> items) {
            if (items.isEmpty()) {
                throw new TemplateException("at least one item has to be provided");
            }
            this.items = items;
        }

        @Nullable
        Object attribute(String name) {
            return switch (name) {
                case "current" -> items.get(position);
                case "next" ->
                    (Callable) arguments -> {
                        Object item = items.get(position);
                        position = (position + 1) % items.size();
                        return item;
                    };
                case "reset" ->
                    (Callable) arguments -> {
                        position = 0;
                        return None.NONE;
                    };
                default -> null;
            };
        }
    }
}
