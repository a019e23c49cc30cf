package io.specoffload.spring.autoconfigure;

import io.github.resilience4j.bulkhead.Bulkhead;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.reactor.bulkhead.operator.BulkheadOperator;
import io.github.resilience4j.reactor.circuitbreaker.operator.CircuitBreakerOperator;
import io.github.resilience4j.reactor.timelimiter.TimeLimiterOperator;
import io.github.resilience4j.timelimiter.TimeLimiter;
import io.specoffload.spring.ai.GenerationTimeoutException;
import io.specoffload.spring.ai.Guard;
import java.util.concurrent.TimeoutException;
import reactor.core.publisher.Flux;

/**
 * Admission by a bulkhead, refusal after engine failures by a circuit breaker, and a limit on every gap (until the
 * first token, and between tokens) by a time limiter, in this order from the caller's side: a full bulkhead is no
 * failure of the engine, a gap that lasts too long is one.
 */
final class Resilience4jGuard implements Guard {

    /** Name of the Resilience4j instances. */
    static final String INSTANCE = "specoffload";

    private final Bulkhead bulkhead;
    private final CircuitBreaker circuitBreaker;
    private final TimeLimiter timeLimiter;

    Resilience4jGuard(Bulkhead bulkhead, CircuitBreaker circuitBreaker, TimeLimiter timeLimiter) {
        this.bulkhead = bulkhead;
        this.circuitBreaker = circuitBreaker;
        this.timeLimiter = timeLimiter;
    }

    @Override
    public <T> Flux<T> protect(Flux<T> generation) {
        return generation
                .transformDeferred(TimeLimiterOperator.of(timeLimiter))
                .onErrorMap(TimeoutException.class, this::timeout)
                .transformDeferred(CircuitBreakerOperator.of(circuitBreaker))
                .transformDeferred(BulkheadOperator.of(bulkhead));
    }

    private GenerationTimeoutException timeout(TimeoutException cause) {
        var limit = timeLimiter.getTimeLimiterConfig().getTimeoutDuration();
        return new GenerationTimeoutException(
                "the model produced nothing for " + limit.toMillis() + " ms, the limit set by"
                        + " resilience4j.timelimiter.instances." + timeLimiter.getName() + ".timeout-duration",
                cause);
    }
}
