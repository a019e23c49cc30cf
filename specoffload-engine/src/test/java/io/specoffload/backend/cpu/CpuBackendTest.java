package io.specoffload.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CpuBackendTest {

    @ParameterizedTest
    @ValueSource(ints = {128, 256, 512})
    void theForcedWidthIsUsed(int bits) {
        try (CpuBackend backend = new CpuBackend(2, KernelChoice.VECTOR, bits)) {
            assertThat(backend.description()).isEqualTo("cpu (vector-" + bits + ", 2 threads)");
        }
    }

    @Test
    void otherWidthsAreRefused() {
        assertThatThrownBy(() -> new CpuBackend(1, KernelChoice.VECTOR, 64))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("64");
    }

    @Test
    void scalarKernelsRunWhenChosen() {
        try (CpuBackend backend = new CpuBackend(1, KernelChoice.SCALAR)) {
            assertThat(backend.description()).isEqualTo("cpu (scalar, 1 thread)");
        }
    }

    @Test
    void autoTakesVectorsWhereTheJvmHasThem() {
        try (CpuBackend backend = new CpuBackend(1, KernelChoice.AUTO)) {
            assertThat(backend.kernels().name()).startsWith("vector-");
        }
    }
}
