package io.specoffload.backend.cpu;

import io.specoffload.backend.Backend;
import io.specoffload.backend.Buffer;
import io.specoffload.backend.Kernels;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The CPU as a compute device: buffers in the Java heap, kernels on the engine's own platform threads. */
public final class CpuBackend implements Backend {

    private static final Logger LOG = LoggerFactory.getLogger(CpuBackend.class);
    private static final String VECTOR_MODULE = "jdk.incubator.vector";

    private final WorkerPool pool;
    private final Kernels kernels;
    private final int vectorBits;

    /**
     * Starts the threads and chooses the kernels.
     *
     * @param threads threads that compute, at least 1
     * @throws IllegalStateException if vector kernels are demanded and the JVM lacks the Vector API
     */
    public CpuBackend(int threads, KernelChoice choice) {
        this(threads, choice, 0);
    }

    /**
     * Starts the threads and chooses the kernels.
     *
     * @param vectorBits vector width to use: 128, 256 or 512; 0 for the machine's own
     */
    CpuBackend(int threads, KernelChoice choice, int vectorBits) {
        this(threads, choice, vectorBits, Subnormals.ARE_FAST);
    }

    /**
     * Starts the threads and chooses the kernels.
     *
     * @param vectorBits vector width to use: 128, 256 or 512; 0 for the machine's own
     * @param subnormals whether to use kernels for processors that multiply subnormal numbers fast
     */
    CpuBackend(int threads, KernelChoice choice, int vectorBits, boolean subnormals) {
        boolean vector = choose(choice);
        VectorWidth.check(vectorBits);
        pool = new WorkerPool(threads);
        this.vectorBits = vector ? VectorWidth.effective(vectorBits) : 0;
        boolean machineCode = choice == KernelChoice.AUTO && this.vectorBits == 512;
        kernels = vector ? VectorWidth.kernels(pool, vectorBits, subnormals, machineCode) : new ScalarKernels(pool);
    }

    private static boolean choose(KernelChoice choice) {
        boolean present = ModuleLayer.boot().findModule(VECTOR_MODULE).isPresent();
        if (choice == KernelChoice.VECTOR && !present) {
            throw new IllegalStateException("vector kernels need the JVM option --add-modules " + VECTOR_MODULE);
        }
        if (choice == KernelChoice.AUTO && !present) {
            LOG.warn(
                    "The Vector API is missing: computing with scalar kernels, many times slower. Start the JVM with --add-modules {}",
                    VECTOR_MODULE);
        }
        return present && choice != KernelChoice.SCALAR;
    }

    /** Bits of the vectors that the kernels compute with; 0 for scalar kernels. */
    public int vectorBits() {
        return vectorBits;
    }

    @Override
    public String description() {
        return "cpu (" + kernels.name() + ", " + pool.threads() + (pool.threads() == 1 ? " thread)" : " threads)");
    }

    @Override
    public Kernels kernels() {
        return kernels;
    }

    @Override
    public Buffer allocate(int floats) {
        return new HostBuffer(floats);
    }

    @Override
    public void close() {
        pool.close();
    }
}
