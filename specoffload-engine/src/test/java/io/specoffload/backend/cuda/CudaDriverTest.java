package io.specoffload.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class CudaDriverTest {

    @Test
    void withoutJcudaTheReasonNamesIt() {
        ClassLoader empty = new ClassLoader(null) {};

        assertThatThrownBy(() -> CudaDriver.requireJcuda(empty))
                .isInstanceOf(CudaUnavailableException.class)
                .hasMessageContaining("org.jcuda:jcuda");
    }

    @Test
    void jcudaIsFoundWithoutLoadingItsNatives() throws CudaUnavailableException {
        // JCuda's natives are not on the tests' class path: loading them would fail
        CudaDriver.requireJcuda(getClass().getClassLoader());
    }

    @Test
    void reasonsHaveOneLine() {
        assertThat(new CudaUnavailableException("a\n  b\r\nc ")).hasMessage("a b c");
        assertThat(CudaDriver.firstLine(new UnsatisfiedLinkError("first\nsecond")))
                .isEqualTo("first");
        assertThat(CudaDriver.firstLine(new NoClassDefFoundError())).isEqualTo("NoClassDefFoundError");
    }
}
