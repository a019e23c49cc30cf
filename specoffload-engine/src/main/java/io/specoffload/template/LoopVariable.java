package io.specoffload.template;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** The variable {@code loop} inside a {@code for} block; called, it renders the loop again for other items. */
final class LoopVariable implements Callable {

    private final List<Object> items;
    private final int depth0;
    private final @Nullable Callable recursion;
    private final Budget budget;
    private int index0 = -1;
    private @Nullable Object lastSeen;

    LoopVariable(List<Object> items, int depth0, @Nullable Callable recursion, Budget budget) {
        this.items = items;
        this.depth0 = depth0;
        this.recursion = recursion;
        this.budget = budget;
    }

    /** Goes to the next item; false after the last. */
    boolean advance() {
        return ++index0 < items.size();
    }

    Object item() {
        return items.get(index0);
    }

    long length() {
        return items.size();
    }

    @Nullable
    Object attribute(String name) {
        return switch (name) {
            case "index" -> index0 + 1L;
            case "index0" -> (long) index0;
            case "revindex" -> (long) items.size() - index0;
            case "revindex0" -> items.size() - index0 - 1L;
            case "first" -> index0 == 0;
            case "last" -> index0 == items.size() - 1;
            case "length" -> length();
            case "depth" -> depth0 + 1L;
            case "depth0" -> (long) depth0;
            case "previtem" -> index0 > 0 ? items.get(index0 - 1) : new Undefined("there is no previous item");
            case "nextitem" ->
                index0 + 1 < items.size() ? items.get(index0 + 1) : new Undefined("there is no next item");
            case "cycle" ->
                (Callable) arguments -> {
                    List<Object> values = arguments.positional();
                    if (values.isEmpty()) {
                        throw new TemplateException("no items for cycling given");
                    }
                    return values.get(index0 % values.size());
                };
            case "changed" ->
                (Callable) arguments -> {
                    Object now = new Tuple(arguments.positional());
                    boolean changed = lastSeen == null || !Values.equal(lastSeen, now, budget);
                    lastSeen = now;
                    return changed;
                };
            default -> null;
        };
    }

    @Override
    public Object call(Arguments arguments) {
        if (recursion == null) {
            throw new TemplateException("The loop must have the 'recursive' marker to be called recursively.");
        }
        return recursion.call(arguments);
    }

    @Override
    public String toString() {
        return "<LoopContext " + (index0 + 1) + "/" + items.size() + ">";
    }
}
