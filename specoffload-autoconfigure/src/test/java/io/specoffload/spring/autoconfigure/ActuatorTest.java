package io.specoffload.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.InstanceOfAssertFactories.map;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.specoffload.engine.EngineClosedException;
import io.specoffload.engine.HardwareProfiler;
import io.specoffload.engine.InferenceEngine;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.spring.ai.SpecOffloadChatModel;
import io.specoffload.spring.testing.MadeUpHardware;
import io.specoffload.spring.testing.ScriptedEngine;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.springframework.boot.actuate.endpoint.InvalidEndpointRequestException;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.boot.health.contributor.Status;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class ActuatorTest {

    private final ScriptedEngine engine = ScriptedEngine.saying("a", "b", "c");

    private final ApplicationContextRunner runner = new ApplicationContextRunner()
            .withConfiguration(AutoConfigurations.of(SpecOffloadAutoConfigurationTest.ownAutoConfigurations()))
            .withBean(InferenceEngine.class, () -> engine);

    @Test
    void healthNamesTheModels() {
        runner.run(context -> {
            var health = context.getBean("specoffloadHealthIndicator", HealthIndicator.class)
                    .health();

            assertThat(health.getStatus()).isEqualTo(Status.UP);
            assertThat(health.getDetails())
                    .containsEntry("target", "scripted-target")
                    .containsEntry("draft", "scripted-draft")
                    .containsEntry("queued", 2);
        });
    }

    @Test
    void healthIsOutOfServiceWhileShuttingDown() {
        runner.run(context -> {
            context.getBean(EngineLifecycle.class).stop();

            assertThat(context.getBean(HealthIndicator.class).health().getStatus())
                    .isEqualTo(Status.OUT_OF_SERVICE);
        });
    }

    @Test
    void healthIsDownWhereTheEngineIsGone() {
        InferenceEngine gone = org.mockito.Mockito.mock(InferenceEngine.class);
        org.mockito.Mockito.when(gone.info()).thenThrow(new EngineClosedException("closed"));

        var health = new SpecOffloadHealthIndicator(gone, new EngineLifecycle(engine)).health();

        assertThat(health.getStatus()).isEqualTo(Status.DOWN);
    }

    @Test
    void healthCanBeSwitchedOff() {
        runner.withPropertyValues("management.health.specoffload.enabled=false")
                .run(context -> assertThat(context).doesNotHaveBean(HealthIndicator.class));
    }

    @Test
    void theEndpointIsThereWhereItIsExposed() {
        runner.run(context -> assertThat(context).doesNotHaveBean(SpecOffloadEndpoint.class));
        runner.withPropertyValues("management.endpoints.web.exposure.include=specoffload")
                .run(context -> {
                    var report = context.getBean(SpecOffloadEndpoint.class).report();

                    assertThat(report.models().target().name()).isEqualTo("scripted-target");
                    assertThat(report.engine().slots()).isEqualTo(4);
                    assertThat(report.memory().kvCacheBytes()).isEqualTo(1024);
                    assertThat(report.counters().queued()).isEqualTo(2);
                    assertThat(report.speculation().acceptanceRate()).isEqualTo(0.75);
                    assertThat(report.speculation().tokensPerRound()).isEqualTo(2.5);
                    assertThat(report.pipeline().groups()).isEqualTo(2);
                    assertThat(report.pipeline().candidates()).isEqualTo(3);
                    assertThat(report.pipeline().reason()).isEqualTo("best");
                    assertThat(report.pipeline().survival()).containsExactly(0.8, 0.6, 0.5);
                });
    }

    @Test
    void partsOfTheEndpointAreReachedByName() {
        runner.withPropertyValues("management.endpoints.web.exposure.include=specoffload")
                .withBean(HardwareProfile.class, MadeUpHardware::profile)
                .run(context -> {
                    var endpoint = context.getBean(SpecOffloadEndpoint.class);

                    assertThat(endpoint.section("hardware"))
                            .isEqualTo(HardwareProfiler.toMap(MadeUpHardware.profile()));
                    assertThat(endpoint.section("plan"))
                            .asInstanceOf(map(String.class, Object.class))
                            .containsOnlyKeys("problem", "now", "measured")
                            .hasEntrySatisfying(
                                    "measured",
                                    measured -> assertThat(((SpecOffloadEndpoint.Measured) measured).changes())
                                            .singleElement()
                                            .asString()
                                            .contains("prompt rows", "from=128", "to=64", "128 take too long"));
                    assertThat((SpecOffloadEndpoint.Pipeline) endpoint.section("pipeline"))
                            .satisfies(pipeline -> {
                                assertThat(pipeline.engine().slots()).isEqualTo(4);
                                assertThat(pipeline.counters().queued()).isEqualTo(2);
                                assertThat(pipeline.speculation().acceptanceRate())
                                        .isEqualTo(0.75);
                                assertThat(pipeline.streaming())
                                        .as("everything is in memory")
                                        .isNull();
                            });
                    assertThat((SpecOffloadEndpoint.LoadedModels) endpoint.section("models"))
                            .satisfies(models -> {
                                assertThat(models.target().name()).isEqualTo("scripted-target");
                                assertThat(models.memory().kvCacheBytes()).isEqualTo(1024);
                            });
                    assertThat(endpoint.section("secrets")).as("not found").isNull();
                });
    }

    @Test
    void unknownActionsAndMeasuringWhatIsGivenAreRefused() {
        runner.withPropertyValues("management.endpoints.web.exposure.include=specoffload")
                .withBean(HardwareProfile.class, MadeUpHardware::profile)
                .run(context -> {
                    var endpoint = context.getBean(SpecOffloadEndpoint.class);

                    assertThatThrownBy(() -> endpoint.act("explode"))
                            .isInstanceOf(InvalidEndpointRequestException.class)
                            .hasMessageContaining("recalibrate")
                            .hasMessageContaining("replan");
                    assertThat(endpoint.act("replan").keySet().toString())
                            .as("a made-up engine")
                            .isEqualTo("[problem]");
                    assertThatThrownBy(() -> endpoint.act("recalibrate"))
                            .isInstanceOf(InvalidEndpointRequestException.class)
                            .hasMessageContaining("of the application's own");
                });
    }

    @Test
    void metersReadTheEngineAndTimeItsAnswers() {
        runner.withBean(MeterRegistry.class, SimpleMeterRegistry::new).run(context -> {
            context.getBean(SpecOffloadChatModel.class).call("Hello");

            MeterRegistry meters = context.getBean(MeterRegistry.class);
            assertThat(meters.get("specoffload.tokens")
                            .tag("type", "completion")
                            .functionCounter()
                            .count())
                    .isEqualTo(50);
            assertThat(meters.get("specoffload.candidates")
                            .tag("outcome", "rejected")
                            .functionCounter()
                            .count())
                    .isEqualTo(10);
            assertThat(meters.get("specoffload.acceptance.rate").gauge().value())
                    .isEqualTo(0.75);
            assertThat(meters.get("specoffload.queue.depth").gauge().value()).isEqualTo(2);
            assertThat(meters.get("specoffload.kv.pages.used").gauge().value()).isEqualTo(5);
            assertThat(meters.get("specoffload.time.to.first.token").timer().totalTime(TimeUnit.MILLISECONDS))
                    .isEqualTo(21);
            // four tokens, so three gaps in 100 ms
            assertThat(meters.get("specoffload.time.per.output.token").timer().totalTime(TimeUnit.NANOSECONDS))
                    .isEqualTo(Duration.ofMillis(100).dividedBy(3).toNanos());
        });
    }
}
