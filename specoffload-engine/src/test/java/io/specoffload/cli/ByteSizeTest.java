package io.specoffload.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.TypeConversionException;

class ByteSizeTest {

    @ParameterizedTest
    @CsvSource({
        "123,123",
        "1500MiB,1572864000",
        "1500 mib,1572864000",
        "2GB,2000000000",
        "2g,2000000000",
        "0.5GB/s,500000000",
        "1.5KiB,1536",
        "1TiB,1099511627776"
    })
    void readsSizesAndRates(String text, long bytes) {
        assertThat(ByteSize.parse(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "-1", "GB", "1XB", "1 GB/min", "5i", "1e3", "9999999999GB"})
    void refusesWhatIsNone(String text) {
        assertThatThrownBy(() -> ByteSize.parse(text))
                .isInstanceOf(TypeConversionException.class)
                .hasMessageContaining("1500MiB");
    }
}
