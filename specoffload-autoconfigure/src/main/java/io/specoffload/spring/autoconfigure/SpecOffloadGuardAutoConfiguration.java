package io.specoffload.spring.autoconfigure;

import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.reactor.bulkhead.operator.BulkheadOperator;
import io.github.resilience4j.timelimiter.TimeLimiterRegistry;
import io.specoffload.spring.ai.Guard;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;

/** The Resilience4j guard, where Resilience4j and its Reactor operators are present. */
@AutoConfiguration(
        afterName = {
            "io.github.resilience4j.springboot.bulkhead.autoconfigure.BulkheadAutoConfiguration",
            "io.github.resilience4j.springboot.circuitbreaker.autoconfigure.CircuitBreakerAutoConfiguration",
            "io.github.resilience4j.springboot.timelimiter.autoconfigure.TimeLimiterAutoConfiguration"
        })
@ConditionalOnClass({
    BulkheadOperator.class,
    BulkheadRegistry.class,
    CircuitBreakerRegistry.class,
    TimeLimiterRegistry.class
})
@ConditionalOnProperty(name = "spring.ai.model.chat", havingValue = "specoffload", matchIfMissing = true)
public final class SpecOffloadGuardAutoConfiguration {

    @Bean
    @ConditionalOnBean({BulkheadRegistry.class, CircuitBreakerRegistry.class, TimeLimiterRegistry.class})
    @ConditionalOnMissingBean(Guard.class)
    Resilience4jGuard specOffloadGuard(
            BulkheadRegistry bulkheads, CircuitBreakerRegistry circuitBreakers, TimeLimiterRegistry timeLimiters) {
        return new Resilience4jGuard(
                bulkheads.bulkhead(Resilience4jGuard.INSTANCE),
                circuitBreakers.circuitBreaker(Resilience4jGuard.INSTANCE),
                timeLimiters.timeLimiter(Resilience4jGuard.INSTANCE));
    }
}
