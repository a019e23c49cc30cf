package io.specoffload.spring.ai;

import reactor.core.publisher.Flux;

/**
 * Stands between callers and the engine: may refuse a generation before it starts, or end it. Calls and streams pass
 * through it alike, because a call is a stream whose last element is awaited.
 */
@FunctionalInterface
public interface Guard {

    /**
     * Wraps one generation.
     *
     * @param generation submits to the engine when subscribed, and cancels there when the subscription is cancelled
     * @return what the caller subscribes to; a refusal is an error signal
     */
    <T> Flux<T> protect(Flux<T> generation);

    /** A guard that lets everything pass. */
    static Guard none() {
        return new Guard() {
            @Override
            public <T> Flux<T> protect(Flux<T> generation) {
                return generation;
            }
        };
    }
}
