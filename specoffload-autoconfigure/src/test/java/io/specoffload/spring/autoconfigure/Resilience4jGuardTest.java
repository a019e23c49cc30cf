package io.specoffload.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.resilience4j.bulkhead.BulkheadFullException;
import io.github.resilience4j.bulkhead.BulkheadRegistry;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.github.resilience4j.circuitbreaker.CircuitBreaker;
import io.github.resilience4j.circuitbreaker.CircuitBreakerRegistry;
import io.github.resilience4j.timelimiter.TimeLimiterRegistry;
import io.specoffload.engine.ContextLengthExceededException;
import io.specoffload.engine.EngineOverloadedException;
import io.specoffload.engine.InferenceEngine;
import io.specoffload.spring.ai.GenerationTimeoutException;
import io.specoffload.spring.ai.Guard;
import io.specoffload.spring.ai.SpecOffloadChatModel;
import io.specoffload.spring.testing.ScriptedEngine;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.springframework.ai.chat.prompt.Prompt;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.WebApplicationType;
import org.springframework.boot.autoconfigure.EnableAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.ConfigurableApplicationContext;
import org.springframework.context.annotation.Configuration;
import reactor.core.Disposable;
import reactor.core.publisher.Flux;
import reactor.test.StepVerifier;

/** The guard as an application gets it: from Resilience4j's registries, with the defaults of this module. */
class Resilience4jGuardTest {

    private static final Prompt HELLO = new Prompt("Hello");

    @Configuration(proxyBeanMethods = false)
    @EnableAutoConfiguration
    static class Application {}

    private static void run(
            InferenceEngine engine, List<String> properties, Consumer<ConfigurableApplicationContext> test) {
        SpringApplication application = new SpringApplicationBuilder(Application.class)
                .web(WebApplicationType.NONE)
                .initializers(context -> ((org.springframework.context.support.GenericApplicationContext) context)
                        .registerBean(InferenceEngine.class, () -> engine))
                .build();
        String[] arguments = properties.stream()
                .map(property -> "--resilience4j." + property)
                .toArray(String[]::new);
        try (ConfigurableApplicationContext context = application.run(arguments)) {
            test.accept(context);
        }
    }

    private static SpecOffloadChatModel model(ConfigurableApplicationContext context) {
        return context.getBean(SpecOffloadChatModel.class);
    }

    private static CircuitBreaker circuitBreaker(ConfigurableApplicationContext context) {
        return context.getBean(CircuitBreakerRegistry.class).circuitBreaker("specoffload");
    }

    @Test
    void defaultsAreMadeForLanguageModels() {
        run(ScriptedEngine.saying("ok"), List.of(), context -> {
            var bulkhead = context.getBean(BulkheadRegistry.class)
                    .bulkhead("specoffload")
                    .getBulkheadConfig();
            assertThat(bulkhead.getMaxConcurrentCalls()).isEqualTo(68);
            assertThat(bulkhead.getMaxWaitDuration()).isZero();
            var breaker = circuitBreaker(context).getCircuitBreakerConfig();
            assertThat(breaker.getSlidingWindowSize()).isEqualTo(20);
            assertThat(breaker.getMinimumNumberOfCalls()).isEqualTo(5);
            assertThat(breaker.getSlowCallDurationThreshold()).isEqualTo(Duration.ofHours(24));
            assertThat(context.getBean(TimeLimiterRegistry.class)
                            .timeLimiter("specoffload")
                            .getTimeLimiterConfig()
                            .getTimeoutDuration())
                    .isEqualTo(Duration.ofMinutes(2));
            assertThat(model(context).call("Hello")).isEqualTo("ok");
        });
    }

    @Test
    void oneKeyIsOverriddenAndTheOthersStay() {
        run(
                ScriptedEngine.saying("ok"),
                List.of(
                        "bulkhead.instances.specoffload.max-concurrent-calls=3",
                        "circuitbreaker.instances.specoffload.slidingWindowSize=50"),
                context -> {
                    var bulkhead = context.getBean(BulkheadRegistry.class)
                            .bulkhead("specoffload")
                            .getBulkheadConfig();
                    assertThat(bulkhead.getMaxConcurrentCalls()).isEqualTo(3);
                    assertThat(bulkhead.getMaxWaitDuration()).isZero();
                    var breaker = circuitBreaker(context).getCircuitBreakerConfig();
                    assertThat(breaker.getSlidingWindowSize()).isEqualTo(50);
                    assertThat(breaker.getMinimumNumberOfCalls()).isEqualTo(5);
                });
    }

    @Test
    void aFullBulkheadRefusesBeforeTheEngineIsAsked() {
        CountDownLatch started = new CountDownLatch(1);
        ScriptedEngine engine = new ScriptedEngine((request, turn) -> {
            started.countDown();
            turn.completeWhenCancelled();
        });
        run(engine, List.of("bulkhead.instances.specoffload.max-concurrent-calls=1"), context -> {
            Disposable running = model(context).stream(HELLO).subscribe();
            await(started);

            assertThatThrownBy(() -> model(context).call("Hello")).isInstanceOf(BulkheadFullException.class);
            StepVerifier.create(model(context).stream(HELLO)).verifyError(BulkheadFullException.class);
            running.dispose();

            assertThat(engine.requests()).hasSize(1);
            assertThat(circuitBreaker(context).getMetrics().getNumberOfFailedCalls())
                    .isZero();
        });
    }

    @Test
    void aCancelledStreamGivesItsPlaceBack() {
        ScriptedEngine engine = new ScriptedEngine((request, turn) -> {
            turn.text("first");
            turn.completeWhenCancelled();
        });
        run(engine, List.of("bulkhead.instances.specoffload.max-concurrent-calls=1"), context -> {
            for (int i = 0; i < 3; i++) {
                assertThat(model(context).stream(HELLO).blockFirst()).isNotNull();
            }
            assertThat(engine.requests()).hasSize(3);
        });
    }

    @Test
    void engineFailuresOpenTheCircuit() {
        ScriptedEngine engine =
                new ScriptedEngine((request, turn) -> turn.fail(new IllegalStateException("a kernel failed")));
        run(engine, List.of(), context -> {
            for (int i = 0; i < 5; i++) {
                assertThatThrownBy(() -> model(context).call("Hello")).hasMessage("a kernel failed");
            }

            assertThat(circuitBreaker(context).getState()).isEqualTo(CircuitBreaker.State.OPEN);
            assertThatThrownBy(() -> model(context).call("Hello")).isInstanceOf(CallNotPermittedException.class);
            assertThat(engine.requests()).hasSize(5);
        });
    }

    @Test
    void mistakesOfCallersLeaveTheCircuitClosed() {
        List<RuntimeException> mistakes = List.of(
                new ContextLengthExceededException("too long"),
                new EngineOverloadedException("the queue is full"),
                new IllegalArgumentException("temperature is -1"));
        var count = new java.util.concurrent.atomic.AtomicInteger();
        ScriptedEngine engine = new ScriptedEngine(
                (request, turn) -> turn.fail(mistakes.get(count.getAndIncrement() % mistakes.size())));
        run(engine, List.of(), context -> {
            for (int i = 0; i < 12; i++) {
                assertThatThrownBy(() -> model(context).call("Hello")).isInstanceOf(RuntimeException.class);
            }

            assertThat(circuitBreaker(context).getState()).isEqualTo(CircuitBreaker.State.CLOSED);
            assertThat(circuitBreaker(context).getMetrics().getNumberOfFailedCalls())
                    .isZero();
            assertThat(engine.requests()).hasSize(12);
        });
    }

    @Test
    void aGapThatIsTooLongCancelsTheGeneration() {
        ScriptedEngine engine = new ScriptedEngine((request, turn) -> {
            turn.text("first");
            turn.completeWhenCancelled();
        });
        run(engine, List.of("timelimiter.instances.specoffload.timeout-duration=50ms"), context -> {
            StepVerifier.create(model(context).stream(HELLO))
                    .expectNextCount(1)
                    .verifyErrorSatisfies(e -> assertThat(e)
                            .isInstanceOf(GenerationTimeoutException.class)
                            .hasMessageContaining("resilience4j.timelimiter.instances.specoffload.timeout-duration"));
            assertThatThrownBy(() -> model(context).call("Hello")).isInstanceOf(GenerationTimeoutException.class);

            assertThat(engine.turns())
                    .hasSize(2)
                    .allSatisfy(turn -> assertThat(turn.awaitCancelled()).isTrue());
            assertThat(circuitBreaker(context).getMetrics().getNumberOfFailedCalls())
                    .isEqualTo(2);
        });
    }

    @Test
    void aLongAnswerWithoutGapsIsNoTimeout() {
        run(ScriptedEngine.saying("ok"), List.of(), context -> {
            Guard guard = context.getBean(Guard.class);

            StepVerifier.withVirtualTime(() ->
                            guard.protect(Flux.interval(Duration.ofSeconds(100)).take(10)))
                    .thenAwait(Duration.ofSeconds(1000))
                    .expectNextCount(10)
                    .verifyComplete();
            StepVerifier.withVirtualTime(() ->
                            guard.protect(Flux.interval(Duration.ofSeconds(130)).take(10)))
                    .thenAwait(Duration.ofSeconds(121))
                    .verifyError(GenerationTimeoutException.class);
        });
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(10, TimeUnit.SECONDS)).isTrue();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
