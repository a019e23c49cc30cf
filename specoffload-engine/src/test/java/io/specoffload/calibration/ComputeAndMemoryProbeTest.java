package io.specoffload.calibration;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.Backend;
import io.specoffload.backend.Buffer;
import io.specoffload.backend.Kernels;
import io.specoffload.backend.KvBlockFormat;
import io.specoffload.backend.KvView;
import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.hardware.ComputeCurve;
import io.specoffload.hardware.PassCosts;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import java.lang.reflect.Proxy;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;

class ComputeAndMemoryProbeTest {

    private static final double NANOS_PER_BYTE = 0.1;
    private static final double NANOS_PER_OPERATION = 0.02;
    private static final double NANOS_PER_PRODUCT = 1000;
    private static final double NANOS_PER_CACHED_BYTE = 0.25;
    private static final double NANOS_PER_SCORE = 0.03;
    private static final double NANOS_PER_NORM = 4000;
    private static final double NANOS_PER_NORMED_ROW = 9000;

    private final AtomicLong clock = new AtomicLong();
    private int openBuffers;
    private long clockTicks;

    /** A thread that always has a processor. */
    private static WorkClock undisturbed(LongSupplier nanos) {
        return new WorkClock() {
            @Override
            public long nanos() {
                return nanos.getAsLong();
            }

            @Override
            public long threadNanos() {
                return -1;
            }
        };
    }

    /** Inputs from which on products take twice as long. */
    private static final int WIDE = 4097;

    /** Products take the time of their bytes and of their operations, on a clock of their own. */
    private final class FakeBackend implements Backend {

        private final CpuBackend real = new CpuBackend(1, KernelChoice.SCALAR);
        private final Set<DType> types;
        private final Set<Long> addresses = new HashSet<>();

        FakeBackend(Set<DType> types) {
            this.types = types;
        }

        @Override
        public String description() {
            return "fake";
        }

        @Override
        public Kernels kernels() {
            return (Kernels) Proxy.newProxyInstance(
                    Kernels.class.getClassLoader(), new Class<?>[] {Kernels.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("weightTypes")) {
                            return types;
                        }
                        if (!method.getName().equals("matmul")) {
                            other(method.getName(), arguments);
                            return null;
                        }
                        Tensor weight = (Tensor) arguments[0];
                        int columns = (Integer) arguments[2];
                        assertThat(((Buffer) arguments[1]).length()).isGreaterThanOrEqualTo(columns * weight.columns());
                        assertThat(((Buffer) arguments[3]).length()).isEqualTo(columns * weight.rows());
                        addresses.add(weight.data().address());
                        clock.addAndGet(clockTicks
                                + (long) (NANOS_PER_PRODUCT
                                        + (weight.columns() < WIDE ? 1 : 2)
                                                * (NANOS_PER_BYTE * weight.byteSize()
                                                        + NANOS_PER_OPERATION
                                                                * 2
                                                                * weight.rows()
                                                                * weight.columns()
                                                                * columns)));
                        return null;
                    });
        }

        /** Attention costs by cached byte and by score, a normalization something once and something per row. */
        private void other(String kernel, Object[] arguments) {
            double nanos = clockTicks;
            if (kernel.equals("attention")) {
                AttentionBatch batch = (AttentionBatch) arguments[0];
                int positions = batch.positions()[batch.rows() - 1] + 1;
                KvView cache = batch.views().getFirst();
                double bytes = (double) new KvBlockFormat(cache.type(), batch.kvHeads(), batch.headSize()).blockBytes()
                        * positions
                        / cache.blockPositions();
                assertThat(cache.block(positions / cache.blockPositions() - 1, batch.layer())
                                .byteSize())
                        .isPositive();
                nanos += NANOS_PER_CACHED_BYTE * bytes
                        + NANOS_PER_SCORE * batch.rows() * positions * batch.heads() * batch.headSize();
            } else if (kernel.equals("addRmsNorm")) {
                nanos += NANOS_PER_NORM + NANOS_PER_NORMED_ROW * (Integer) arguments[4];
            }
            clock.addAndGet((long) nanos);
        }

        @Override
        public Buffer allocate(int floats) {
            Buffer buffer = real.allocate(floats);
            openBuffers++;
            return (Buffer) Proxy.newProxyInstance(
                    Buffer.class.getClassLoader(), new Class<?>[] {Buffer.class}, (proxy, method, arguments) -> {
                        if (method.getName().equals("close")) {
                            openBuffers--;
                        }
                        return method.invoke(buffer, arguments);
                    });
        }

        @Override
        public void close() {
            real.close();
        }
    }

    @Test
    void speedIsMeasuredByColumnsAndType() {
        try (FakeBackend backend = new FakeBackend(Set.of(DType.F32, DType.Q8_0))) {
            Map<DType, ComputeCurve> curves =
                    probe(backend).measure(5, 1L << 30).gigaflops();

            assertThat(curves).containsOnlyKeys(DType.F32, DType.Q8_0);
            for (int columns : new int[] {1, 8, 128}) {
                // Q8_0: 34 bytes for 32 weights
                double nanos = NANOS_PER_BYTE * 34 / 32 + NANOS_PER_OPERATION * 2 * columns;
                assertThat(curves.get(DType.Q8_0).gigaflops(columns))
                        .as("%d columns", columns)
                        .isCloseTo(2 * columns / nanos, Percentage.withPercentage(1));
            }
            assertThat(backend.addresses).as("places in the weights").hasSizeGreaterThan(20);
            assertThat(openBuffers).isZero();
        }
    }

    @Test
    void eachWidthCountsWithItsShareOfTheWeights() {
        try (FakeBackend backend = new FakeBackend(Set.of(DType.Q8_0))) {
            List<KernelProbe.Weights> weights = List.of(
                    new KernelProbe.Weights(DType.Q8_0, 2048, 700),
                    new KernelProbe.Weights(DType.Q8_0, 5632, 280),
                    // nearest to the narrow ones, and to the wide ones
                    new KernelProbe.Weights(DType.Q8_0, 256, 10),
                    new KernelProbe.Weights(DType.Q8_0, 8192, 10));
            KernelProbe probe = probe(backend, weights);

            ComputeCurve curve = probe.measure(5, 1L << 30).gigaflops().get(DType.Q8_0);

            for (int columns : new int[] {1, 4, 32}) {
                double narrow = NANOS_PER_BYTE * 34 / 32 + NANOS_PER_OPERATION * 2 * columns;
                assertThat(curve.gigaflops(columns))
                        .as("%d columns", columns)
                        .isCloseTo(2 * columns / (0.71 * narrow + 0.29 * 2 * narrow), Percentage.withPercentage(1));
            }
            assertThat(probe.identity()).isEqualTo("fake, Q8_0 of width 2048 (71%), 5632 (29%)");
            assertThat(openBuffers).isZero();
        }
    }

    @Test
    void whatElseAPassCostsIsToldApart() {
        try (FakeBackend backend = new FakeBackend(Set.of(DType.Q8_0))) {
            PassCosts costs = probe(backend).measure(5, 1L << 30).pass();

            assertThat(costs.productSeconds()).isCloseTo(1e-9 * NANOS_PER_PRODUCT, Percentage.withPercentage(1));
            // two normalizations a layer
            assertThat(costs.layerSeconds()).isCloseTo(2e-9 * NANOS_PER_NORM, Percentage.withPercentage(1));
            int elements = 6 * 1024 + 2 * 1024 + 3 * 2816;
            assertThat(costs.elementSeconds() * elements)
                    .isCloseTo(2e-9 * NANOS_PER_NORMED_ROW, Percentage.withPercentage(1));
            for (DType cache : new DType[] {DType.F16, DType.Q8_0}) {
                assertThat(costs.attention(cache).cachedByteSeconds())
                        .isCloseTo(1e-9 * NANOS_PER_CACHED_BYTE, Percentage.withPercentage(1));
                assertThat(costs.attention(cache).scoreSeconds())
                        .isCloseTo(1e-9 * NANOS_PER_SCORE, Percentage.withPercentage(1));
            }
        }
    }

    /** On the scripted clock, of the usual weights. */
    private KernelProbe probe(FakeBackend backend) {
        return probe(backend, List.of());
    }

    private KernelProbe probe(FakeBackend backend, List<KernelProbe.Weights> weights) {
        return new KernelProbe(backend, 0, undisturbed(clock::get), seconds -> {}, weights);
    }

    @Test
    void aTypeThatTheBackendLacksIsNotMeasured() {
        try (FakeBackend backend = new FakeBackend(Set.of(DType.Q4_0, DType.IQ4_XS))) {
            assertThat(probe(backend).measure(0.1, 1L << 30).gigaflops()).containsOnlyKeys(DType.Q4_0);
        }
    }

    @Test
    void whatIsTooSlowIsCutShort() {
        // a single product takes longer than all of the time
        clockTicks = 1_000_000_000_000L;
        try (FakeBackend backend = new FakeBackend(Set.of(DType.F32, DType.Q8_0))) {
            assertThat(probe(backend).measure(5, 1L << 30).gigaflops()).hasSize(1);
        }
    }

    @Test
    void theRealKernelsCanBeMeasured() {
        try (CpuBackend backend = new CpuBackend(2, KernelChoice.AUTO)) {
            // every look at the clock takes 10 ms: each window ends after a product or two
            KernelProbe probe = new KernelProbe(
                    backend,
                    0, // on this clock no kernel is as fast as vectors are
                    undisturbed(() -> clock.addAndGet(10_000_000)),
                    seconds -> {},
                    List.of());

            ComputeProbe.Measured measured = probe.measure(40, 0);
            assertThat(measured.pass().attention()).containsOnlyKeys(DType.F16, DType.Q8_0);
            assertThat(measured.gigaflops().keySet())
                    .containsExactly(DType.F16, DType.Q4_0, DType.Q8_0, DType.Q4_K, DType.Q6_K);
            assertThat(probe.identity()).startsWith(backend.description()).endsWith("Q6_K of width 4096 (100%)");
        }
    }

    @Test
    void memoryIsMeasuredByThreads() {
        BandwidthProbe probe = new BandwidthProbe(() -> clock.addAndGet(1_000_000));

        assertThat(probe.measure(3, 0.02, 0).knots()).containsOnlyKeys(1, 2, 3);
        assertThat(probe.measure(1, 0.02, 20_000_000).knots()).containsOnlyKeys(1);
    }
}
