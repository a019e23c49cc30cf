package io.specoffload.pipeline;

/**
 * What an executor whose weights stream knows of its last pass, beyond what a clock outside of it shows. Read on the
 * pipeline's thread, right after the pass.
 */
public interface SweepCosts {

    /** Weights that are all in memory: nothing streams, nothing is waited for. */
    SweepCosts RESIDENT = new SweepCosts() {
        @Override
        public double ioSeconds() {
            return 0;
        }

        @Override
        public double expectedBytes(int rows) {
            return 1;
        }

        @Override
        public double stallSeconds() {
            return 0;
        }

        @Override
        public double stagingSeconds() {
            return 0;
        }

        @Override
        public int layers() {
            return 1;
        }
    };

    /** Time that the link was busy for one sweep, reads ahead during drafting included, in seconds. */
    double ioSeconds();

    /**
     * Bytes that a pass of {@code rows} rows is expected to read, above 0. Only ratios count: they tell the time of passes of
     * other numbers of rows than the last one's.
     */
    double expectedBytes(int rows);

    /** Part of the last pass that was spent waiting for weights, in seconds. */
    double stallSeconds();

    /** Link time of what staging takes in while nothing is computed, in seconds; 0 if the stream stops then. */
    double stagingSeconds();

    /** Layers of the model. */
    int layers();
}
