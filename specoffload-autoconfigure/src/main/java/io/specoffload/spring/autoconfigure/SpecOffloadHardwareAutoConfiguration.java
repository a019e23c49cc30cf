package io.specoffload.spring.autoconfigure;

import io.specoffload.engine.HardwareProfiler;
import io.specoffload.engine.InferenceEngine;
import io.specoffload.hardware.HardwareProfile;
import java.nio.file.Files;
import java.nio.file.Path;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.ConfigurableBeanFactory;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Lazy;
import org.springframework.context.annotation.Scope;
import org.springframework.core.Ordered;
import org.springframework.core.annotation.Order;
import org.springframework.core.env.Environment;

/**
 * The hardware profile. It is measured after the web server has opened its port and before the application becomes
 * ready, or by the first bean that asks. A {@link HardwareProfile} bean of the application's own takes its place: then
 * nothing is measured.
 */
@AutoConfiguration(after = SpecOffloadAutoConfiguration.class)
@ConditionalOnBean({InferenceEngine.class, ModelLocations.class})
public final class SpecOffloadHardwareAutoConfiguration {

    /** Lazy: an application with a profile or an engine of its own may name no models. */
    @Bean
    @Lazy
    @ConditionalOnMissingBean({HardwareProfiler.class, HardwareProfile.class})
    HardwareProfiler specOffloadHardwareProfiler(
            SpecOffloadProperties properties, ModelLocations locations, Environment environment) {
        HardwareProperties hardware = properties.hardware();
        Path file = hardware.file();
        if (file != null && !Files.isReadable(file)) {
            throw new SpecOffloadStartupException(
                    "The property " + SpecOffloadProperties.HARDWARE + ".file names " + file
                            + ", but there is no such readable file.",
                    "Set " + SpecOffloadProperties.HARDWARE
                            + ".file to a JSON file as the command profile --out writes,"
                            + " or remove it to have the hardware measured.");
        }
        return new HardwareProfiler(new HardwareProfiler.Settings(
                SpecOffloadAutoConfiguration.cacheDirectory(properties, environment),
                locations.targetIfNamed(),
                locations.draft(),
                properties.pipeline().threads(),
                properties.pipeline().kernels(),
                file,
                hardware.overrides(),
                SpecOffloadProperties.HARDWARE + ".*"));
    }

    /** Not a singleton: after a recalibration, whoever asks gets the new one. */
    @Bean
    @Scope(ConfigurableBeanFactory.SCOPE_PROTOTYPE)
    @ConditionalOnMissingBean
    HardwareProfile specOffloadHardwareProfile(HardwareProfiler profiler) {
        return KnownHardware.checked(profiler::profile);
    }

    /** Runners start when the port is open, and the application is ready when they have ended. */
    @Bean
    @Order(Ordered.HIGHEST_PRECEDENCE)
    @ConditionalOnProperty(
            name = SpecOffloadProperties.HARDWARE + ".calibrate-on-startup",
            havingValue = "true",
            matchIfMissing = true)
    ApplicationRunner specOffloadHardwareCalibration(ObjectProvider<HardwareProfile> profile) {
        return arguments -> profile.getIfAvailable();
    }
}
