package io.specoffload.telemetry;

/** Hears when computing begins to wait for weights and when it goes on; on the thread that waits. */
public interface StallListener {

    /** Hears nothing. */
    StallListener NONE = new StallListener() {
        @Override
        public void stallBegins() {}

        @Override
        public void stallEnds() {}
    };

    void stallBegins();

    void stallEnds();
}
