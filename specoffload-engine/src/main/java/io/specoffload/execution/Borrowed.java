package io.specoffload.execution;

import io.specoffload.model.Lease;

/** Something that is borrowed as long as its buffer. */
record Borrowed<T>(T weights, Runnable release) implements Lease<T> {

    /** Something that stays where it is. */
    static <T> Borrowed<T> forever(T weights) {
        return new Borrowed<>(weights, () -> {});
    }

    @Override
    public void close() {
        release.run();
    }
}
