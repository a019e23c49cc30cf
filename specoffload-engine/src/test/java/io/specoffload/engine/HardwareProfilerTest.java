package io.specoffload.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.hardware.HardwareProfile;
import io.specoffload.testing.Profiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HardwareProfilerTest {

    @TempDir
    Path folder;

    private final List<Boolean> measurements = new ArrayList<>();

    private HardwareProfiler profiler(@Nullable Path file, Map<String, ?> overrides) {
        var settings = new HardwareProfiler.Settings(
                folder, null, null, 0, EngineConfig.KernelChoice.AUTO, file, overrides, "the application's properties");
        return new HardwareProfiler(settings, (same, anew) -> {
            measurements.add(anew);
            return Profiles.withoutDevice();
        });
    }

    @Test
    void measuresOnceAndAgainOnRequest() {
        HardwareProfiler profiler = profiler(null, Map.of());
        HardwareProfile first = profiler.profile();

        assertThat(profiler.profile()).isSameAs(first);
        assertThat(measurements).containsExactly(false);

        HardwareProfile second = profiler.recalibrate();
        assertThat(profiler.profile()).isSameAs(second);
        assertThat(measurements).containsExactly(false, true);
    }

    @Test
    void aWholeFileNeedsNoMeasuring() throws IOException {
        Path file = Files.writeString(folder.resolve("p.json"), HardwareProfiler.toJson(Profiles.withDevice()));

        assertThat(profiler(file, Map.of()).profile()).isEqualTo(Profiles.withDevice());
        assertThat(measurements).isEmpty();
    }

    @Test
    void aFilesValuesReplaceMeasuredOnesAndOverridesThose() throws IOException {
        Path file = Files.writeString(folder.resolve("p.json"), "{\"host\": {\"cores\": 7, \"pageBytes\": 65536}}");
        HardwareProfile profile =
                profiler(file, Map.of("host", Map.of("cores", 9))).profile();

        assertThat(profile.host().cores()).isEqualTo(9);
        assertThat(profile.host().pageBytes()).isEqualTo(65536);
        assertThat(profile.host().cpuModel()).isEqualTo(Profiles.host().cpuModel());
        assertThat(measurements).hasSize(1);
    }

    @Test
    void overridesHoldAfterRecalibrating() {
        HardwareProfiler profiler = profiler(null, Map.of("host", Map.of("cores", 9)));

        assertThat(profiler.recalibrate().host().cores()).isEqualTo(9);
    }

    @Test
    void impossibleValuesNameTheirSource() {
        assertThatThrownBy(() ->
                        profiler(null, Map.of("host", Map.of("cores", -1))).profile())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the application's properties")
                .hasMessageContaining("cores is -1");
        assertThatThrownBy(
                        () -> profiler(folder.resolve("absent.json"), Map.of()).profile())
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("absent.json");
    }
}
