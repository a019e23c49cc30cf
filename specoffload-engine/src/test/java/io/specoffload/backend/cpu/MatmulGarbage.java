package io.specoffload.backend.cpu;

import com.sun.management.ThreadMXBean;
import io.specoffload.backend.Backend;
import io.specoffload.backend.Buffer;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/**
 * Once compiled, a product takes no memory. Vectors are objects until then, so calls are repeated until a run of them takes
 * none; vectors that the compiler fails to keep in registers would take some forever. A program of its own: it ends with 1
 * if a type takes memory.
 */
final class MatmulGarbage {

    private MatmulGarbage() {}

    /** Arguments: columns of activations, the kernels, whether they are to use subnormal numbers, and types of weights. */
    public static void main(String[] arguments) {
        int n = Integer.parseInt(arguments[0]);
        KernelChoice kernels = KernelChoice.valueOf(arguments[1]);
        boolean subnormals = Boolean.parseBoolean(arguments[2]);
        String[] types = Arrays.copyOfRange(arguments, 3, arguments.length);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Backend backend = new CpuBackend(1, kernels, 0, subnormals);
                Arena arena = Arena.ofConfined()) {
            for (String name : types) {
                DType type = DType.valueOf(name);
                Tensor weight = TestWeights.random(arena, type, 256, 32, 3);
                Buffer x = backend.allocate(n * 256);
                Buffer out = backend.allocate(n * 32);
                long least = Long.MAX_VALUE;
                for (int run = 0; run < 100_000 && least > 0; run++) {
                    long before = threads.getCurrentThreadAllocatedBytes();
                    for (int i = 0; i < 10; i++) {
                        backend.kernels().matmul(weight, x, n, out);
                    }
                    least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
                }
                System.out.println(type + ": " + least + " bytes in 10 products");
                if (least > 0) {
                    System.exit(1);
                }
            }
        }
    }
}
