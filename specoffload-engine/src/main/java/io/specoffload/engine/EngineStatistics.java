package io.specoffload.engine;

/**
 * Live counters; totals since the engine started.
 *
 * @param running sequences in slots now
 * @param queued requests that wait now
 * @param requests requests accepted
 * @param completed requests that ended by themselves
 * @param cancelled requests that were cancelled
 * @param failed requests that ended with an error
 * @param rejected requests refused because the queue was full
 * @param promptTokens prompt tokens processed
 * @param completionTokens tokens generated
 * @param rounds target forward passes
 * @param drafted candidates proposed
 * @param accepted candidates accepted
 * @param kvPagesInUse KV pages of both models in use now
 * @param kvPages KV pages there are
 * @param warmUpSeconds time spent on computing for itself before the engine took requests
 */
public record EngineStatistics(
        int running,
        int queued,
        long requests,
        long completed,
        long cancelled,
        long failed,
        long rejected,
        long promptTokens,
        long completionTokens,
        long rounds,
        long drafted,
        long accepted,
        int kvPagesInUse,
        int kvPages,
        double warmUpSeconds) {}
