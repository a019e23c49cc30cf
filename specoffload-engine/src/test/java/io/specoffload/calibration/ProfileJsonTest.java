package io.specoffload.calibration;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.hardware.DeviceSpec;
import io.specoffload.hardware.HardwareProfile;
import io.specoffload.hardware.HostSpec;
import io.specoffload.tensor.DType;
import io.specoffload.testing.Profiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProfileJsonTest {

    private static final HardwareProfile MEASURED = Profiles.withoutDevice();

    @TempDir
    Path folder;

    private static HardwareProfile override(Map<String, ?> values) {
        return ProfileJson.override(MEASURED, values, "the test");
    }

    @Test
    void aProfileSurvivesTheRoundTrip() {
        for (HardwareProfile profile : new HardwareProfile[] {
            MEASURED, Profiles.withDevice(), new HardwareProfile(Profiles.host(), null, "no disk", null, "no GPU")
        }) {
            assertThat(ProfileJson.read(ProfileJson.write(profile))).isEqualTo(profile);
        }
    }

    @Test
    void jsonNamesUnitsAndCurvesAreKnots() {
        assertThat(ProfileJson.toMap(MEASURED).toString())
                .contains("ramReadBytesPerSecond={1=1.5E10, 2=2.0E10}")
                .contains("Q8_0={1=17.7, 8=72.0}")
                .contains("deviceProblem=there is no NVIDIA driver")
                .doesNotContain("device=null");
    }

    @Test
    void oneValueIsReplacedAndTheOthersStay() {
        HardwareProfile changed = override(Map.of("disk", Map.of("sustainedBytesPerSecond", 1e8)));

        assertThat(changed.disk().plannedBytesPerSecond()).isEqualTo(1e8);
        assertThat(changed.disk().latencySeconds()).isEqualTo(MEASURED.disk().latencySeconds());
        assertThat(changed.host()).isEqualTo(MEASURED.host());
        assertThat(changed.deviceProblem()).isEqualTo(MEASURED.deviceProblem());
    }

    @Test
    void oneKnotOfACurveIsReplaced() {
        HostSpec host = override(Map.of("host", Map.of("gigaflops", Map.of("Q8_0", Map.of("8", 99)))))
                .host();

        assertThat(host.compute(DType.Q8_0).gigaflops(8)).isEqualTo(99);
        assertThat(host.compute(DType.Q8_0).gigaflops(1)).isEqualTo(17.7);
        assertThat(host.compute(DType.F16)).isEqualTo(MEASURED.host().compute(DType.F16));
    }

    @Test
    void nullsAndEmptyObjectsReplaceNothing() {
        Map<String, Object> host = new HashMap<>();
        host.put("cores", null);

        assertThat(override(Map.of("host", host, "device", Map.of("link", Map.of()))))
                .isEqualTo(MEASURED);
    }

    @Test
    void aWholeDeviceMayBeGivenWhereNoneIs() {
        DeviceSpec device = Profiles.withDevice().device();
        HardwareProfile changed = override(
                Map.of("device", ProfileJson.toMap(Profiles.withDevice()).get("device")));

        assertThat(changed.device()).isEqualTo(device);
        assertThat(changed.deviceProblem()).isNull();
    }

    @Test
    void aPartOfADeviceThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> override(Map.of("device", Map.of("memoryBytes", 1000))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the test");
    }

    @Test
    void unknownNamesAndImpossibleValuesAreRefusedByName() {
        assertThatThrownBy(() -> override(Map.of("host", Map.of("kores", 3)))).hasMessageContaining("kores");
        assertThatThrownBy(() -> override(Map.of("host", Map.of("cores", 0)))).hasMessageContaining("cores is 0");
        assertThatThrownBy(() -> override(Map.of("host", Map.of("cores", "many"))))
                .hasMessageContaining("many");
        assertThatThrownBy(() -> ProfileJson.read("{\"host\": {}}")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ProfileJson.read("{}")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> ProfileJson.read("{host")).hasMessageContaining("not JSON");
        assertThatThrownBy(() -> ProfileJson.read("[1]")).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void aFileMayHoldAWholeProfileOrSomeValues() throws IOException {
        Path whole = Files.writeString(folder.resolve("whole.json"), ProfileJson.write(Profiles.withDevice()));
        Path part = Files.writeString(folder.resolve("part.json"), "{\"host\": {\"memoryAvailableBytes\": 12345}}");

        assertThat(ProfileJson.whole(whole)).isEqualTo(Profiles.withDevice());
        assertThat(ProfileJson.whole(part)).isNull();
        assertThat(ProfileJson.override(MEASURED, part).host().memoryAvailableBytes())
                .isEqualTo(12345);
    }
}
