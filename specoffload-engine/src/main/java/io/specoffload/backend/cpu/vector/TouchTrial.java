package io.specoffload.backend.cpu.vector;

/**
 * Finds out whether touching rows ahead ({@link Scratch#touch}) pays for a format on this machine. With one column it makes products 1.4 to 1.6
 * times as fast on one processor and a quarter slower on another (docs/performance-notes.md), and results do not depend on it, so
 * the first products are run in both ways, and the faster one stays. Not thread-safe.
 */
final class TouchTrial {

    /** Products without getting faster after which one way is chosen; those of a few tokens. Until code is compiled, products get faster and faster, in one way before the other. */
    static final int PRODUCTS = 192;

    /** Bytes of weights from which on a product is long enough to be timed. */
    static final long LEAST_BYTES = 256 << 10;

    /** Touching must take less than this share of the time, and what takes less than this share of an earlier time is faster. */
    private static final double MARGIN = 0.97;

    private final Way touched = new Way();
    private final Way plain = new Way();
    private int products;
    private int unchanged;
    private boolean chosen;

    /** Whether the next product is to be timed for {@link #record}. */
    boolean isTimed(long bytes) {
        return unchanged < PRODUCTS && bytes >= LEAST_BYTES;
    }

    /** Whether the next product's rows are to be touched. */
    boolean isTouched() {
        // half of the time, and in step with no number of matrices per layer
        return unchanged < PRODUCTS ? products * 0x9E3779B9 < 0 : chosen;
    }

    /** What the product took for which {@link #isTouched} was asked last. The shortest times count: others waited for compilers or other processes. */
    void record(long bytes, long nanos) {
        double each = (double) nanos / bytes;
        unchanged = (isTouched() ? touched : plain).isFasterWith(each) ? 0 : unchanged + 1;
        products++;
        chosen = touched.nanosPerByte < MARGIN * plain.nanosPerByte;
    }

    /** One of the two ways: its shortest time, and what that was when it last was found to be less than before. */
    private static final class Way {

        private double nanosPerByte = Double.POSITIVE_INFINITY;
        private double before = Double.POSITIVE_INFINITY;

        boolean isFasterWith(double nanos) {
            nanosPerByte = Math.min(nanosPerByte, nanos);
            if (nanosPerByte < MARGIN * before) {
                before = nanosPerByte;
                return true;
            }
            return false;
        }
    }
}
