package io.specoffload.backend.cpu;

import java.util.Optional;

/** Loops that reach the limits of one core: what measured speeds are compared with. Stateless. */
public interface PeakLoops {

    /**
     * Fused multiply-adds within registers.
     *
     * @param rounds how often
     * @return floating-point operations done; 2 per lane and multiply-add
     */
    long multiplyAdd(int rounds);

    /**
     * Reads memory once.
     *
     * @param address start
     * @param bytes how many; a multiple of 1024
     * @return the sum of what was read
     */
    float sum(long address, long bytes);

    /** The loops in vectors of the machine's width, where the JVM has the Vector API. */
    static Optional<PeakLoops> vector() {
        if (ModuleLayer.boot().findModule("jdk.incubator.vector").isEmpty()) {
            return Optional.empty();
        }
        try {
            // by name: this package does not need the module, that one does
            return Optional.of(Class.forName("io.specoffload.backend.cpu.vector.VectorPeakLoops")
                    .asSubclass(PeakLoops.class)
                    .getConstructor()
                    .newInstance());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the vector loops are missing", e);
        }
    }
}
