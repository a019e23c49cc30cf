package io.specoffload.backend.cpu;

/** Which of the CPU's kernels to run. */
public enum KernelChoice {
    /** Vector kernels where the JVM has the Vector API, else scalar ones, with a warning. */
    AUTO,
    /** The scalar oracle. */
    SCALAR,
    /** Vector kernels, or an error where the JVM lacks the Vector API. */
    VECTOR
}
