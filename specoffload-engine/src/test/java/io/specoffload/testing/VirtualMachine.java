package io.specoffload.testing;

import io.specoffload.execution.ForwardExecutor;
import io.specoffload.kv.KvCache;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Logits;
import io.specoffload.pipeline.Lane;
import io.specoffload.pipeline.SweepCosts;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.function.Supplier;

/**
 * A machine whose time is computed: a link that streams the target's layers into staging buffers, a resource that
 * verifies, and one that drafts, which may be the same. Passes of wrapped executors advance the clock by what they would
 * take; nothing sleeps, and everything runs on the pipeline's thread, so that a run is the same each time.
 *
 * <p>The draft lane's work is done when it is joined, at times that begin where it was started. Where both models share
 * the compute resource, verification has it first, and drafting gets its waits for weights.
 */
public final class VirtualMachine implements SweepCosts {

    /**
     * A machine.
     *
     * @param layers of the target
     * @param ioSeconds streaming of one sweep; 0 for resident weights
     * @param staging layers that can be staged
     * @param streamsOn whether the stream runs on between sweeps
     * @param computeSeconds verification by rows
     * @param draftSeconds one pass of the draft model by rows
     * @param shared whether both compute on the same resource
     */
    public record Spec(
            int layers,
            double ioSeconds,
            int staging,
            boolean streamsOn,
            IntToDoubleFunction computeSeconds,
            IntToDoubleFunction draftSeconds,
            boolean shared) {}

    private record Idle(double from, double to) {}

    private Spec spec;
    private final Deque<Double> freeBuffers = new ArrayDeque<>();
    private final List<Idle> idle = new ArrayList<>();
    private DoubleUnaryOperator slowdown = at -> 1;
    private double now;
    private double computed;
    private double linkFree;
    private double verifiedFrom;
    private double verifiedTo;
    private boolean beside;
    private double stall;

    public VirtualMachine(Spec spec) {
        this.spec = spec;
        for (int i = 0; i < spec.staging(); i++) {
            freeBuffers.add(0.0);
        }
    }

    /** From the next pass on the machine is another one, with as much staging. On the pipeline's thread. */
    public void become(Spec other) {
        if (other.staging() != spec.staging()) {
            throw new IllegalArgumentException("staging was " + spec.staging() + ", not " + other.staging());
        }
        spec = other;
    }

    /**
     * Others use the machine too.
     *
     * @param factor how many times as long computing takes, by seconds since the start; 1 if nobody does
     */
    public void share(DoubleUnaryOperator factor) {
        slowdown = factor;
    }

    public double seconds() {
        return now;
    }

    /** What was computed so far, in the seconds that it would have taken if nobody else had used the machine. */
    public double computedSeconds() {
        return computed;
    }

    public boolean sharedCompute() {
        return spec.shared();
    }

    /** The pipeline's clock. */
    public long nanos() {
        return Math.round(now * 1e9);
    }

    public ForwardExecutor target(ForwardExecutor model) {
        return new Timed(model, this::sweep);
    }

    public ForwardExecutor draft(ForwardExecutor model) {
        return new Timed(model, rows -> drafted(spec.draftSeconds().applyAsDouble(rows)));
    }

    /** One pass over the target's layers: each waits for its weights, which wait for a free buffer and the link. */
    private void sweep(int rows) {
        double compute = spec.computeSeconds().applyAsDouble(rows) / spec.layers();
        double io = spec.ioSeconds() / spec.layers();
        verifiedFrom = now;
        stall = 0;
        idle.clear();
        if (!spec.streamsOn()) {
            linkFree = Math.max(linkFree, now);
        }
        for (int layer = 0; layer < spec.layers(); layer++) {
            if (io > 0) {
                linkFree = Math.max(linkFree, freeBuffers.remove()) + io;
                if (linkFree > now) {
                    idle.add(new Idle(now, linkFree));
                    stall += linkFree - now;
                    now = linkFree;
                }
            }
            compute(compute);
            if (io > 0) {
                freeBuffers.add(now);
            }
        }
        verifiedTo = now;
    }

    /** A pass of the draft model: at once, or in the gaps that the verification beside it left. */
    private void drafted(double seconds) {
        double left = seconds;
        if (beside && spec.shared()) {
            for (Idle gap : idle) {
                double from = Math.max(gap.from(), now);
                double used = Math.clamp(gap.to() - from, 0, left);
                if (used > 0) {
                    now = from + used;
                    left -= used;
                }
            }
            if (left > 0) {
                now = Math.max(now, verifiedTo);
            }
        }
        compute(left);
    }

    private void compute(double seconds) {
        computed += seconds;
        now += seconds * slowdown.applyAsDouble(now);
    }

    /** The lane that drafts beside a verification. */
    public Lane draftLane() {
        return new Lane() {
            @Override
            public <T> Running<T> start(Supplier<T> work) {
                double started = now;
                return new Running<>() {
                    private boolean joined;
                    private T result;

                    @Override
                    public T join() {
                        if (!joined) {
                            joined = true;
                            double verified = now;
                            now = started;
                            beside = verifiedFrom >= started;
                            result = work.get();
                            beside = false;
                            now = Math.max(now, verified);
                        }
                        return result;
                    }
                };
            }

            @Override
            public void close() {}
        };
    }

    @Override
    public double ioSeconds() {
        return spec.ioSeconds();
    }

    @Override
    public double expectedBytes(int rows) {
        return 1;
    }

    @Override
    public double stallSeconds() {
        return stall;
    }

    @Override
    public double stagingSeconds() {
        return spec.streamsOn() ? spec.staging() * spec.ioSeconds() / spec.layers() : 0;
    }

    @Override
    public int layers() {
        return spec.layers();
    }

    /** An executor whose passes take time. */
    private record Timed(ForwardExecutor model, java.util.function.IntConsumer time) implements ForwardExecutor {

        @Override
        public int vocabulary() {
            return model.vocabulary();
        }

        @Override
        public KvCache kvCache() {
            return model.kvCache();
        }

        @Override
        public Logits forward(ForwardBatch batch) {
            int rows = batch.rows();
            Logits logits = model.forward(batch);
            time.accept(rows);
            return logits;
        }

        @Override
        public void close() {
            model.close();
        }
    }
}
