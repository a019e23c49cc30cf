package io.specoffload.template;

import io.specoffload.template.Environment.Filter;
import java.util.HashMap;
import java.util.Map;

/** Jinja's filters by name. */
final class Filters {

    private Filters() {}

    static Map<String, Filter> all() {
        Map<String, Filter> filters = new HashMap<>();
        TextFilters.addTo(filters);
        NumberFilters.addTo(filters);
        SequenceFilters.addTo(filters);
        SelectionFilters.addTo(filters);
        return Map.copyOf(filters);
    }
}
