package io.specoffload.spring.autoconfigure;

import io.specoffload.engine.GenerationResult;

/** A bean of this type hears of every generation that was not cut off by its caller. Must be fast. */
@FunctionalInterface
public interface GenerationResultListener {
    void finished(GenerationResult result);
}
