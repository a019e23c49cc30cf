package io.specoffload.engine;

import java.util.concurrent.CompletableFuture;

/** A handle on a submitted generation. */
public interface Generation {

    /** Unique within the engine. */
    String id();

    /** Frees the request's slot within one round; the listener hears {@code onComplete} with CANCELLED. Idempotent. */
    void cancel();

    /** Completes after the listener's last call; exceptionally if the engine failed. Cancelling it cancels nothing. */
    CompletableFuture<GenerationResult> result();
}
