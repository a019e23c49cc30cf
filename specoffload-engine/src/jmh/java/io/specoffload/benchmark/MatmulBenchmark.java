package io.specoffload.benchmark;

import io.specoffload.backend.Backend;
import io.specoffload.backend.Buffer;
import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.synthetic.RandomWeights;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * A matrix product of the 1.1 B llama shape's feed-forward part, [2048, 5632] by n columns, over several matrices in turn,
 * so that weights come from memory and not from a cache. One operation is one product: 23.1 million multiply-adds a column.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class MatmulBenchmark {

    private static final int COLUMNS = 2048;
    private static final int ROWS = 5632;
    private static final int MATRICES = 8;

    @Param({"F16", "Q8_0", "Q4_0", "Q4_K", "Q6_K"})
    private DType type;

    @Param({"1", "4", "8", "32", "128"})
    private int n;

    @Param("1")
    private int threads;

    private final Arena arena = Arena.ofShared();
    private final Tensor[] weights = new Tensor[MATRICES];
    private Backend backend;
    private Buffer x;
    private Buffer out;
    private int turn;

    /** Prepares operands and compares a part of a product with the scalar oracle's. */
    @Setup
    public void prepare() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < MATRICES; i++) {
            MemorySegment data = arena.allocate(type.bytesFor((long) COLUMNS * ROWS), 64);
            RandomWeights.fill(type, 0.02, data, random);
            weights[i] = new Tensor("w" + i, type, new Shape(COLUMNS, ROWS), data);
        }
        backend = new CpuBackend(threads, KernelChoice.AUTO);
        x = backend.allocate(n * COLUMNS);
        out = backend.allocate(n * ROWS);
        float[] activations = new float[n * COLUMNS];
        for (int i = 0; i < activations.length; i++) {
            activations[i] = (float) random.nextGaussian();
        }
        x.upload(activations, 0, 0, activations.length);
        check(activations);
    }

    private void check(float[] activations) {
        backend.kernels().matmul(weights[0], x, n, out);
        float[] actual = new float[n * ROWS];
        out.download(0, actual, 0, actual.length);
        try (Backend oracle = new CpuBackend(1, KernelChoice.SCALAR)) {
            Buffer input = oracle.allocate(n * COLUMNS);
            Buffer expected = oracle.allocate(n * ROWS);
            input.upload(activations, 0, 0, activations.length);
            oracle.kernels().matmul(weights[0], input, n, expected);
            float[] values = new float[n * ROWS];
            expected.download(0, values, 0, values.length);
            for (int i = 0; i < values.length; i++) {
                // products of deviation 0.9; float sums of 2048 of them are good for six digits
                if (Math.abs(values[i] - actual[i]) > 2e-5) {
                    throw new IllegalStateException(
                            type + ", n " + n + ", result " + i + ": " + actual[i] + " instead of " + values[i]);
                }
            }
        }
    }

    @Benchmark
    public Buffer matmul() {
        turn = (turn + 1) % MATRICES;
        backend.kernels().matmul(weights[turn], x, n, out);
        return out;
    }

    @TearDown
    public void release() {
        backend.close();
        arena.close();
    }
}
