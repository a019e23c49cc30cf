package io.specoffload.spring.autoconfigure;

import java.lang.reflect.RecordComponent;
import java.util.LinkedHashMap;
import java.util.Map;

/** The components of a record that are set, by name; records in it, also as values of maps, the same way. */
final class SetValues {

    private SetValues() {}

    static Map<String, Object> of(Record record) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (RecordComponent component : record.getClass().getRecordComponents()) {
            try {
                Object value = component.getAccessor().invoke(record);
                if (value != null) {
                    values.put(component.getName(), plain(value));
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("a public record's component cannot be read: " + component, e);
            }
        }
        return values;
    }

    private static Object plain(Object value) {
        if (value instanceof Record inner) {
            return of(inner);
        }
        if (value instanceof Map<?, ?> map) {
            Map<Object, Object> values = new LinkedHashMap<>();
            map.forEach((key, inner) -> values.put(key, plain(inner)));
            return values;
        }
        return value;
    }
}
