package io.specoffload.template;

/** Anything that a template can call. */
@FunctionalInterface
interface Callable {

    Object call(Arguments arguments);
}
