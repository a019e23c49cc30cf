package io.specoffload.template;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * A dictionary's keys, values or items: it has a length and can be iterated, but not indexed.
 *
 * @param kind Python's name of the view
 */
record DictView(String kind, List<Object> items) {

    static DictView keys(Map<?, ?> map) {
        return new DictView("dict_keys", new ArrayList<>(map.keySet()));
    }

    static DictView values(Map<?, ?> map) {
        return new DictView("dict_values", new ArrayList<>(map.values()));
    }

    static DictView items(Map<?, ?> map) {
        List<Object> items = new ArrayList<>(map.size());
        map.forEach((key, value) -> items.add(Tuple.of(key, value)));
        return new DictView("dict_items", items);
    }
}
