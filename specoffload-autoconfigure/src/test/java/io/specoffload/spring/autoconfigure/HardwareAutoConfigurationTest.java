package io.specoffload.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.engine.HardwareProfiler;
import io.specoffload.engine.InferenceEngine;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.hardware.PassCosts;
import io.specoffload.spring.testing.MadeUpHardware;
import io.specoffload.spring.testing.ScriptedEngine;
import io.specoffload.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.boot.ApplicationRunner;
import org.springframework.boot.autoconfigure.AutoConfigurations;
import org.springframework.boot.test.context.FilteredClassLoader;
import org.springframework.boot.test.context.runner.ApplicationContextRunner;

class HardwareAutoConfigurationTest {

    private static final String HARDWARE = "spring.ai.specoffload.hardware.";
    private static final String EXPOSED = "management.endpoints.web.exposure.include=specoffload";

    @TempDir
    Path folder;

    private final List<String> measured = new ArrayList<>();
    private ApplicationContextRunner runner;

    @BeforeEach
    void prepare() throws IOException {
        runner = new ApplicationContextRunner()
                .withConfiguration(AutoConfigurations.of(SpecOffloadAutoConfigurationTest.ownAutoConfigurations()))
                .withBean(InferenceEngine.class, () -> ScriptedEngine.saying("ok"))
                .withPropertyValues(
                        HARDWARE + "file=" + MadeUpHardware.write(folder),
                        "spring.ai.specoffload.cache-directory=" + folder.resolve("cache"));
    }

    @Test
    void theProfileIsThatOfTheFile() {
        runner.run(context -> {
            assertThat(context.getBean(HardwareProfile.class)).isEqualTo(MadeUpHardware.profile());
            // a whole profile needs no measuring, so nothing is kept
            assertThat(folder.resolve("cache")).doesNotExist();
        });
    }

    @Test
    void valuesAreReplacedOneByOne() {
        runner.withPropertyValues(
                        HARDWARE + "host.cores=6",
                        HARDWARE + "host.memory-limit-bytes=1000000000",
                        HARDWARE + "host.ram-read-bytes-per-second.64=1e9",
                        HARDWARE + "host.gigaflops.[Q8_0].8=77.5",
                        HARDWARE + "host.gigaflops.[Q4_K].1=3",
                        HARDWARE + "host.pass.product-seconds=1e-6",
                        HARDWARE + "host.pass.layer-seconds=2e-6",
                        HARDWARE + "host.pass.element-seconds=3e-10",
                        HARDWARE + "host.pass.logit-seconds=4e-10",
                        HARDWARE + "host.pass.attention.[Q8_0].cached-byte-seconds=5e-11",
                        HARDWARE + "host.pass.attention.[Q8_0].score-seconds=6e-11",
                        HARDWARE + "disk.read-bytes-per-second.1048576.4=5e9",
                        HARDWARE + "disk.sustained-bytes-per-second=600000000")
                .run(context -> {
                    HardwareProfile profile = context.getBean(HardwareProfile.class);

                    assertThat(profile.host().cores()).isEqualTo(6);
                    assertThat(profile.host().memoryLimitBytes()).isEqualTo(1_000_000_000);
                    assertThat(profile.host().ramReadBytesPerSecond().at(64)).isEqualTo(1e9);
                    assertThat(profile.host().ramReadBytesPerSecond().at(1)).isEqualTo(20e9);
                    assertThat(profile.host().compute(DType.Q8_0).gigaflops(8)).isEqualTo(77.5);
                    assertThat(profile.host().compute(DType.Q8_0).gigaflops(1)).isEqualTo(40);
                    assertThat(profile.host().compute(DType.Q4_K).gigaflops(1)).isEqualTo(3);
                    assertThat(profile.host().pass())
                            .isEqualTo(new PassCosts(
                                    1e-6,
                                    2e-6,
                                    3e-10,
                                    4e-10,
                                    Map.of(DType.Q8_0, new PassCosts.AttentionCost(5e-11, 6e-11))));
                    assertThat(profile.disk().readBytesPerSecond(1 << 20, 4)).isEqualTo(5e9);
                    assertThat(profile.disk().plannedBytesPerSecond()).isEqualTo(6e8);
                    assertThat(profile.host().cpuModel()).isEqualTo("Made-up CPU");
                });
    }

    @Test
    void aBeanOfTheApplicationsOwnTakesItsPlaceEverywhere() {
        HardwareProfile own =
                MadeUpHardware.profile().withHost(MadeUpHardware.profile().host());
        runner.withBean("mine", HardwareProfile.class, () -> own)
                .withPropertyValues(EXPOSED)
                .run(context -> {
                    assertThat(context).hasSingleBean(HardwareProfile.class).doesNotHaveBean(HardwareProfiler.class);
                    assertThat(context.getBean(HardwareProfile.class)).isSameAs(own);
                    assertThat(context.getBean(SpecOffloadEndpoint.class).section("hardware"))
                            .isEqualTo(HardwareProfiler.toMap(own));
                });
    }

    @Test
    void whatTheActuatorShowsIsTheBeanAlsoAfterRecalibrating() {
        runner.withPropertyValues(EXPOSED).run(context -> {
            SpecOffloadEndpoint endpoint = context.getBean(SpecOffloadEndpoint.class);
            assertThat(endpoint.section("hardware"))
                    .isEqualTo(HardwareProfiler.toMap(context.getBean(HardwareProfile.class)));

            Files.writeString(
                    folder.resolve("hardware.json"), MadeUpHardware.JSON.replace("\"cores\": 64", "\"cores\": 32"));
            assertThat(context.getBean(HardwareProfile.class).host().cores()).isEqualTo(64);

            var answer = endpoint.act("recalibrate");

            assertThat(context.getBean(HardwareProfile.class).host().cores()).isEqualTo(32);
            assertThat(endpoint.section("hardware")).isEqualTo(answer);
        });
    }

    @Test
    void theProfileIsThereBeforeTheApplicationIsReady() {
        runner.withBean(
                        "counting",
                        HardwareProfile.class,
                        () -> {
                            measured.add("asked");
                            return MadeUpHardware.profile();
                        },
                        definition -> definition.setLazyInit(true))
                .run(context -> {
                    assertThat(measured).as("while the context starts").isEmpty();

                    context.getBean("specOffloadHardwareCalibration", ApplicationRunner.class)
                            .run(null);

                    assertThat(measured).containsExactly("asked");
                });
    }

    @Test
    void measuringAtTheStartCanBeSwitchedOff() {
        runner.withPropertyValues(HARDWARE + "calibrate-on-startup=false").run(context -> {
            assertThat(context).doesNotHaveBean("specOffloadHardwareCalibration");
            assertThat(context).hasSingleBean(HardwareProfiler.class);
        });
    }

    @Test
    void impossibleValuesAreToldByTheirProperty() {
        runner.withPropertyValues(HARDWARE + "host.cores=0")
                .run(context -> assertThatThrownBy(() -> context.getBean(HardwareProfile.class))
                        .rootCause()
                        .hasMessageContaining("cores is 0"));
        runner.withPropertyValues(HARDWARE + "host.cores=0")
                .run(context -> assertThatThrownBy(() -> context.getBean(HardwareProfile.class))
                        .hasStackTraceContaining("Check the properties spring.ai.specoffload.hardware.*"));
    }

    @Test
    void aMissingFileFailsTheStart() {
        runner.withPropertyValues(HARDWARE + "file=" + folder.resolve("absent.json"))
                .run(context -> assertThatThrownBy(
                                () -> context.getBean("specOffloadHardwareCalibration", ApplicationRunner.class)
                                        .run(null))
                        .rootCause()
                        .isInstanceOf(SpecOffloadStartupException.class)
                        .hasMessageContaining("spring.ai.specoffload.hardware.file"));
    }

    @Test
    void anUnknownValueFailsTheStart() {
        runner.withPropertyValues(HARDWARE + "host.kores=3")
                .run(context -> assertThat(context).hasFailed());
    }

    @Test
    void nothingOfItIsThereForAnotherProvider() {
        runner.withPropertyValues("spring.ai.model.chat=none")
                .run(context -> assertThat(context).doesNotHaveBean(HardwareProfile.class));
    }

    @Test
    void itWorksWithoutActuator() {
        runner.withClassLoader(
                        new FilteredClassLoader("org.springframework.boot.actuate", "org.springframework.boot.health"))
                .run(context -> assertThat(context).hasSingleBean(HardwareProfile.class));
    }
}
