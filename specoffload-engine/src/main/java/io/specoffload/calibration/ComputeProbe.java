package io.specoffload.calibration;

import io.specoffload.hardware.ComputeCurve;
import io.specoffload.hardware.PassCosts;
import io.specoffload.tensor.DType;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Measures the kernels of a compute device. */
public interface ComputeProbe {

    /** The kernels and their threads, for example {@code cpu (vector-512, 2 threads)}: another description, another speed. */
    String identity();

    /** Bits of the vectors that it computes with; 0 for none. */
    int vectorBits();

    /**
     * Has the kernels run and compiled, while something else is measured that leaves processors idle.
     *
     * @param seconds about how long it may take
     * @param mostBytes memory that may be taken for it
     */
    void prepare(double seconds, long mostBytes);

    /**
     * Measures.
     *
     * @param seconds about how long it may take
     * @param mostBytes memory that may be taken for it
     */
    Measured measure(double seconds, long mostBytes);

    /**
     * What was measured.
     *
     * @param gigaflops speed by type of weights, for at least one type
     * @param pass what else a pass costs; null where it could not be told in time
     * @param settled whether it had stopped growing when the time was over; otherwise another time shows more
     */
    record Measured(
            Map<DType, ComputeCurve> gigaflops, @Nullable PassCosts pass, boolean settled) {}
}
