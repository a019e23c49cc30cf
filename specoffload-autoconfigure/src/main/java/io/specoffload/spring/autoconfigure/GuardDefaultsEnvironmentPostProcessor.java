package io.specoffload.spring.autoconfigure;

import java.util.LinkedHashMap;
import java.util.Map;
import org.springframework.boot.EnvironmentPostProcessor;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.context.config.ConfigDataEnvironmentPostProcessor;
import org.springframework.core.Ordered;
import org.springframework.core.env.ConfigurableEnvironment;
import org.springframework.core.env.MapPropertySource;
import org.springframework.util.ClassUtils;

/**
 * Defaults of the Resilience4j instances {@code specoffload}, in a property source below all others: an application
 * overrides any single key. Resilience4j's own defaults are made for calls of milliseconds, not for minutes of tokens.
 */
final class GuardDefaultsEnvironmentPostProcessor implements EnvironmentPostProcessor, Ordered {

    static final String SOURCE = "specoffloadGuardDefaults";

    private static final String IGNORED = String.join(
            ",",
            "java.lang.IllegalArgumentException",
            "java.util.concurrent.CancellationException",
            "io.specoffload.engine.EngineOverloadedException",
            "io.specoffload.engine.EngineClosedException",
            "io.github.resilience4j.bulkhead.BulkheadFullException");

    @Override
    public void postProcessEnvironment(ConfigurableEnvironment environment, SpringApplication application) {
        boolean present = ClassUtils.isPresent(
                "io.github.resilience4j.reactor.bulkhead.operator.BulkheadOperator", application.getClassLoader());
        if (present && !environment.getPropertySources().contains(SOURCE)) {
            environment.getPropertySources().addLast(new MapPropertySource(SOURCE, defaults(environment)));
        }
    }

    static Map<String, Object> defaults(ConfigurableEnvironment environment) {
        var all = new LinkedHashMap<String, Object>();
        // as many as the engine takes: what runs and what may wait
        put(
                all,
                "bulkhead",
                Map.of(
                        "max-concurrent-calls",
                        number(environment, "slots", 4) + number(environment, "queue-capacity", 64),
                        "max-wait-duration",
                        "0ms"));
        put(
                all,
                "circuitbreaker",
                Map.of(
                        "sliding-window-type",
                        "COUNT_BASED",
                        "sliding-window-size",
                        20,
                        "minimum-number-of-calls",
                        5,
                        "failure-rate-threshold",
                        50,
                        "slow-call-duration-threshold",
                        "24h",
                        "wait-duration-in-open-state",
                        "10s",
                        "permitted-number-of-calls-in-half-open-state",
                        3,
                        "register-health-indicator",
                        true,
                        "ignore-exceptions",
                        IGNORED));
        put(all, "timelimiter", Map.of("timeout-duration", "120s"));
        return all;
    }

    private static void put(Map<String, Object> all, String kind, Map<String, Object> values) {
        values.forEach((key, value) ->
                all.put("resilience4j." + kind + ".instances." + Resilience4jGuard.INSTANCE + "." + key, value));
    }

    private static int number(ConfigurableEnvironment environment, String name, int otherwise) {
        try {
            String text = environment.getProperty(SpecOffloadProperties.PREFIX + ".pipeline." + name);
            return text == null ? otherwise : Integer.parseInt(text.strip());
        } catch (IllegalArgumentException e) {
            // reported with its name when the properties are bound
            return otherwise;
        }
    }

    @Override
    public int getOrder() {
        return ConfigDataEnvironmentPostProcessor.ORDER + 10;
    }
}
