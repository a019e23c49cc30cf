package io.specoffload.spring.autoconfigure;

import io.specoffload.engine.HardwareProfiler;
import io.specoffload.engine.InferenceEngine;
import io.specoffload.hardware.HardwareProfile;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.condition.ConditionalOnAvailableEndpoint;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.health.autoconfigure.contributor.ConditionalOnEnabledHealthIndicator;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;

/**
 * Health indicator and actuator endpoint. The actuator's own conditions stand on the bean methods, inside of classes
 * that are only looked at where the actuator is present: on a class they would fail the start without it.
 */
@AutoConfiguration(after = {SpecOffloadAutoConfiguration.class, SpecOffloadHardwareAutoConfiguration.class})
@ConditionalOnBean({InferenceEngine.class, EngineLifecycle.class})
public final class SpecOffloadActuatorAutoConfiguration {

    /** Health. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ConditionalOnEnabledHealthIndicator.class)
    static class HealthConfiguration {
        @Bean
        @ConditionalOnMissingBean(name = "specoffloadHealthIndicator")
        @ConditionalOnEnabledHealthIndicator("specoffload")
        HealthIndicator specoffloadHealthIndicator(InferenceEngine engine, EngineLifecycle lifecycle) {
            return new SpecOffloadHealthIndicator(engine, lifecycle);
        }
    }

    /** Endpoint. */
    @Configuration(proxyBeanMethods = false)
    @ConditionalOnClass(ConditionalOnAvailableEndpoint.class)
    static class EndpointConfiguration {
        @Bean
        @ConditionalOnMissingBean
        @ConditionalOnAvailableEndpoint
        SpecOffloadEndpoint specOffloadEndpoint(
                InferenceEngine engine,
                ObjectProvider<HardwareProfile> hardware,
                ObjectProvider<HardwareProfiler> profiler) {
            return new SpecOffloadEndpoint(
                    engine, hardware::getObject, profiler::getIfAvailable, new KnownHardware(profiler, hardware));
        }
    }
}
