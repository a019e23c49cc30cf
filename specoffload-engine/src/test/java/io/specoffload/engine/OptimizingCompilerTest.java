package io.specoffload.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class OptimizingCompilerTest {

    @Test
    void aJvmWithoutItIsToldTheRemedy() {
        assertThat(OptimizingCompiler.missing(List.of("-Xmx1g", "-XX:TieredStopAtLevel=1")))
                .hasValueSatisfying(
                        problem -> assertThat(problem).contains("-XX:TieredStopAtLevel=1", "optimizedLaunch"));
        assertThat(OptimizingCompiler.missing(List.of("-Xint"))).isPresent();
        assertThat(OptimizingCompiler.missing(List.of("-Xmx1g", "-XX:TieredStopAtLevel=4")))
                .isEmpty();
        assertThat(OptimizingCompiler.missing(List.of())).isEmpty();
    }
}
