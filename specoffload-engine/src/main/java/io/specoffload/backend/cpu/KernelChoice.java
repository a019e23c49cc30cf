package io.specoffload.backend.cpu;

/** Which of the CPU's kernels to run. */
public enum KernelChoice {
    /**
     * Vector kernels where the JVM has the Vector API, with machine code for matrix products where the processor and the system allow it; else scalar
     * ones, with a warning.
     */
    AUTO,
    /** The scalar oracle. */
    SCALAR,
    /** Vector kernels in Java alone, or an error where the JVM lacks the Vector API. */
    VECTOR
}
