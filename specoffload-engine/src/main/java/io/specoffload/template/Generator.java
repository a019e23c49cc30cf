package io.specoffload.template;

import java.util.Iterator;
import java.util.List;

/** What lazy filters give: it can be iterated once, is always true, and has neither length nor elements. */
final class Generator {

    private final Iterator<Object> iterator;

    Generator(List<Object> items) {
        iterator = items.iterator();
    }

    Iterator<Object> iterator() {
        return iterator;
    }
}
