package io.specoffload.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.hardware.HardwareProfile;
import io.specoffload.testing.Profiles;
import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class ProfileCommandTest {

    @Test
    void theTableShowsEveryPartWithItsUnit() {
        assertThat(new ProfileTable(Profiles.withDevice()).text().replaceAll(" +", " "))
                .contains("Test CPU", "cores usable 2", "CPU quota 1.50 cores", "vectors 256 bits")
                .contains("total 32.0 GiB", "control group's limit 8.00 GiB", "may be locked 8.00 MiB")
                .contains("memory reads, GB/s:", "threads 1 2", "15.0 20.0")
                .contains("columns 1 8", "Q8_0 17.7 72.0")
                .contains("burst 1.40 GB/s", "burst lasts for 4.00 GiB", "sustained 0.60 GB/s", "latency 125 us")
                .contains("1.00 MiB 0.50 0.80")
                .contains("Test GPU", "driver CUDA 12.4", "pinned to device 25.0 GB/s", "memory bandwidth 900 GB/s");
    }

    @Test
    void whatIsMissingIsExplained() {
        HardwareProfile profile =
                new HardwareProfile(Profiles.host(), null, "no space", null, "there is no NVIDIA driver");

        assertThat(new ProfileTable(profile).text())
                .contains("disk: no space", "GPU: none usable: there is no NVIDIA driver");
    }

    @Test
    void badUsageIsTwo() {
        for (String[] arguments : new String[][] {
            {"profile", "--file", "no-such-file.gguf"}, {"profile", "--threads", "-1"}, {"profile", "--colour"}
        }) {
            StringWriter errors = new StringWriter();
            CommandLine commandLine = Main.commandLine().setErr(new PrintWriter(errors));

            assertThat(commandLine.execute(arguments)).isEqualTo(2);
            assertThat(errors.toString().strip().lines()).hasSize(1);
        }
    }
}
