package io.specoffload.spring.autoconfigure;

import io.micrometer.observation.ObservationRegistry;
import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.HardwareProfiler;
import io.specoffload.engine.InferenceEngine;
import io.specoffload.engine.MemoryBudgetException;
import io.specoffload.engine.ModelPairException;
import io.specoffload.engine.SpecOffloadEngine;
import io.specoffload.format.ModelFormatException;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.spring.ai.Guard;
import io.specoffload.spring.ai.SpecOffloadChatModel;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.observation.ChatModelObservationConvention;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.autoconfigure.AutoConfiguration;
import org.springframework.boot.autoconfigure.condition.ConditionalOnClass;
import org.springframework.boot.autoconfigure.condition.ConditionalOnMissingBean;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.context.annotation.Bean;
import org.springframework.core.env.Environment;
import org.springframework.core.io.ResourceLoader;

/** The engine and the chat model on it, unless {@code spring.ai.model.chat} names another provider or none. */
@AutoConfiguration(
        after = SpecOffloadGuardAutoConfiguration.class,
        afterName = {
            "org.springframework.boot.micrometer.observation.autoconfigure.ObservationAutoConfiguration",
            "org.springframework.ai.model.tool.autoconfigure.ToolCallingAutoConfiguration"
        },
        beforeName = "org.springframework.ai.model.chat.client.autoconfigure.ChatClientAutoConfiguration")
@ConditionalOnClass({InferenceEngine.class, SpecOffloadChatModel.class})
@ConditionalOnProperty(name = "spring.ai.model.chat", havingValue = "specoffload", matchIfMissing = true)
@EnableConfigurationProperties(SpecOffloadProperties.class)
public final class SpecOffloadAutoConfiguration {

    @Bean
    @ConditionalOnMissingBean
    EngineFactory specOffloadEngineFactory() {
        return SpecOffloadEngine::open;
    }

    @Bean
    @ConditionalOnMissingBean
    ModelLocations specOffloadModelLocations(
            SpecOffloadProperties properties, ResourceLoader resources, Environment environment) {
        return new ModelLocations(properties, new ModelFiles(resources, cacheDirectory(properties, environment)));
    }

    @Bean(destroyMethod = "close")
    @ConditionalOnMissingBean
    InferenceEngine specOffloadEngine(
            SpecOffloadProperties properties,
            EngineFactory factory,
            ModelLocations locations,
            ObjectProvider<HardwareProfiler> profiler,
            ObjectProvider<HardwareProfile> profile) {
        Path target = locations.target();
        Path draft = locations.draft();
        Optional<HardwareProfile> hardware =
                properties.planner().enabled() ? new KnownHardware(profiler, profile).find() : Optional.empty();
        return open(factory, properties.toConfig(target, draft, hardware.orElse(null)), target, draft);
    }

    private static InferenceEngine open(EngineFactory factory, EngineConfig config, Path target, @Nullable Path draft) {
        String models = SpecOffloadProperties.TARGET_MODEL + " (" + target + ")"
                + (draft == null ? "" : " and " + SpecOffloadProperties.DRAFT_MODEL + " (" + draft + ")");
        try {
            return factory.open(config);
        } catch (ModelPairException e) {
            throw new SpecOffloadStartupException(
                    "The draft model does not fit the target model: " + e.getMessage(),
                    "Set " + SpecOffloadProperties.DRAFT_MODEL + " to a model with the vocabulary of "
                            + SpecOffloadProperties.TARGET_MODEL + " (" + target + "), or leave it empty.",
                    e);
        } catch (MemoryBudgetException e) {
            throw new SpecOffloadStartupException(
                    "The models do not fit into memory: " + e.getMessage() + ".",
                    "Set " + SpecOffloadProperties.MEMORY_HOST + " to at least " + e.smallestBudget() + "B, or lower "
                            + SpecOffloadProperties.PREFIX + ".pipeline.context-length or "
                            + SpecOffloadProperties.PREFIX + ".pipeline.slots.",
                    e);
        } catch (ModelFormatException e) {
            throw new SpecOffloadStartupException(
                    "A model file cannot be used: " + e.getMessage(),
                    "Check " + models + ": the file may be damaged, or of a kind that is not supported.",
                    e);
        } catch (UncheckedIOException e) {
            throw new SpecOffloadStartupException(
                    "A model file cannot be read: " + e.getMessage(), "Check " + models + ".", e);
        } catch (IllegalArgumentException e) {
            throw new SpecOffloadStartupException(
                    "The engine cannot run as configured: " + e.getMessage(),
                    "Check the properties " + SpecOffloadProperties.PREFIX + ".pipeline.*, and " + models + ".",
                    e);
        }
    }

    static Path cacheDirectory(SpecOffloadProperties properties, Environment environment) {
        Path configured = properties.cacheDirectory();
        return configured != null
                ? configured
                : Path.of(environment.getProperty("user.home", "."), ".cache", "specoffload");
    }

    @Bean
    EngineLifecycle specOffloadEngineLifecycle(InferenceEngine engine) {
        return new EngineLifecycle(engine);
    }

    @Bean
    @ConditionalOnMissingBean
    SpecOffloadChatModel specOffloadChatModel(
            InferenceEngine engine,
            SpecOffloadProperties properties,
            ObjectProvider<Guard> guard,
            ObjectProvider<GenerationResultListener> results,
            ObjectProvider<ObservationRegistry> observations,
            ObjectProvider<ChatModelObservationConvention> convention) {
        return SpecOffloadChatModel.builder(engine)
                .defaultOptions(properties.chat().toOptions())
                .guard(guard.getIfAvailable(Guard::none))
                .resultListener(result -> results.orderedStream().forEach(listener -> listener.finished(result)))
                .observationRegistry(observations.getIfUnique(() -> ObservationRegistry.NOOP))
                .observationConvention(convention.getIfAvailable())
                .build();
    }
}
