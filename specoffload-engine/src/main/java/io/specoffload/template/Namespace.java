package io.specoffload.template;

import java.util.LinkedHashMap;
import java.util.Map;

/** Jinja's {@code namespace}: the one kind of object whose attributes a template may set. */
final class Namespace {

    private final Map<String, Object> attributes = new LinkedHashMap<>();

    Map<String, Object> attributes() {
        return attributes;
    }
}
