package io.specoffload.spring.autoconfigure;

import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.InferenceEngine;

/** Opens the engine; a bean of this type replaces how. */
@FunctionalInterface
public interface EngineFactory {

    /**
     * Loads the models and starts the engine.
     *
     * @throws io.specoffload.format.ModelFormatException if a model file is damaged or not supported
     * @throws io.specoffload.engine.ModelPairException if the draft model does not fit the target model
     */
    InferenceEngine open(EngineConfig config);
}
