package io.specoffload.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.backend.cpu.x86.MachineProducts;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.Arena;
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
    void autoTakesMachineCodeWhereTheProcessorHasTheInstructionsAndElseVectors() {
        try (CpuBackend backend = new CpuBackend(1, KernelChoice.AUTO);
                WorkerPool pool = new WorkerPool(1)) {
            boolean machineCode =
                    backend.vectorBits() == 512 && MachineProducts.on(pool).isPresent();
            assertThat(backend.kernels().name()).startsWith(machineCode ? "x86-512" : "vector-");
        }
    }

    @Test
    void machineCodeSaysWhatMemoryItHolds() {
        try (CpuBackend backend = new CpuBackend(1, KernelChoice.AUTO);
                Arena arena = Arena.ofConfined()) {
            assertThat(backend.kernels().nativeBytes()).isZero();
            Tensor weight = TestWeights.random(arena, DType.Q8_0, 64, 10, 1);
            MatmulTest.matmul(backend, weight, new float[64 * 3], 3);
            assertThat(backend.kernels().nativeBytes())
                    .isGreaterThanOrEqualTo(backend.kernels().name().startsWith("x86") ? 64 * 3 * 4 : 0);
        }
    }

    @Test
    void vectorsAloneRunWhenChosen() {
        try (CpuBackend backend = new CpuBackend(1, KernelChoice.VECTOR)) {
            assertThat(backend.kernels().name()).startsWith("vector-");
        }
    }
}
