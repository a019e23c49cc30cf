package io.specoffload.engine;

import org.jspecify.annotations.Nullable;

/**
 * What an engine runs.
 *
 * @param target the target model
 * @param draft the draft model, or null
 * @param backend the compute device, for example {@code cpu (vector-512, 2 threads)}
 * @param contextLength positions per sequence
 * @param slots sequences that run at once
 * @param queueCapacity requests that may wait
 * @param kvCacheBytes memory reserved for the KV caches of both models
 */
public record EngineInfo(
        ModelInfo target,
        @Nullable ModelInfo draft,
        String backend,
        int contextLength,
        int slots,
        int queueCapacity,
        long kvCacheBytes) {

    /**
     * One model.
     *
     * @param name {@code general.name}, or the file's name
     * @param path where it was loaded from
     * @param architecture for example {@code llama}
     * @param parameters number of weights
     * @param bytes size of the weights
     * @param layers number of layers
     * @param vocabulary number of tokens
     * @param trainedContext context length the model was trained for
     */
    public record ModelInfo(
            String name,
            String path,
            String architecture,
            long parameters,
            long bytes,
            int layers,
            int vocabulary,
            int trainedContext) {}
}
