package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.tensor.DType;
import io.specoffload.testing.OwnJvm;
import io.specoffload.testing.ReferenceModel;
import io.specoffload.testing.TinyModels;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A forward pass makes no garbage once it is compiled. */
class ForwardAllocationTest {

    /**
     * Bytes per matrix product that are granted: the product's own task object, which captures its arguments. Everything
     * else is free of garbage.
     */
    private static final int PER_MATMUL = 72;

    /** Bytes per pass that are granted beside: the reservation of the pass's pages. */
    private static final int PER_PASS = 64;

    @TempDir
    static Path folder;

    static Stream<Arguments> models() {
        Path tiny = TinyModels.write(folder.resolve("tiny.gguf"), new TinyModels.Size(2, 64, 4, 2, 11));
        Path experts = ReferenceModel.all("mixtral-q8_0").getFirst().gguf();
        return Stream.of(
                Arguments.of(tiny, DType.F16, 1, 7 * 2 + 1),
                Arguments.of(tiny, DType.Q8_0, 5, 7 * 2 + 1),
                // a router, and up to 8 experts of 3 products each
                Arguments.of(experts, DType.F16, 5, 2 * (4 + 1 + 3 * 8) + 1));
    }

    /** In a JVM of its own, as {@link ForwardGarbage} says. */
    @ParameterizedTest
    @MethodSource("models")
    void compiledPassesMakeNoGarbage(Path model, DType type, int rows, int matmuls)
            throws IOException, InterruptedException {
        OwnJvm.Result result = OwnJvm.runUpToThrice(
                ForwardGarbage.class,
                model.toString(),
                type.name(),
                Integer.toString(rows),
                Integer.toString(PER_PASS + matmuls * PER_MATMUL));
        assertThat(result.code()).as(result.output()).isZero();
    }
}
