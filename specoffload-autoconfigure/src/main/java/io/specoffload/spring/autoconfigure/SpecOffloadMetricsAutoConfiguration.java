package io.specoffload.spring.autoconfigure;

import io.micrometer.core.instrument.MeterRegistry;
import io.specoffload.engine.InferenceEngine;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.context.annotation.Bean;

/** The engine's meters, where there is a meter registry. */
@AutoConfiguration(
        after = SpecOffloadAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.metrics.autoconfigure.MetricsAutoConfiguration",
            "org.springframework.boot.micrometer.metrics.autoconfigure.CompositeMeterRegistryAutoConfiguration"
        })
@ConditionalOnClass(MeterRegistry.class)
@ConditionalOnBean({MeterRegistry.class, InferenceEngine.class})
public final class SpecOffloadMetricsAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    EngineMeters specOffloadEngineMeters(MeterRegistry registry, InferenceEngine engine) {
        return new EngineMeters(registry, engine);
    }
}
