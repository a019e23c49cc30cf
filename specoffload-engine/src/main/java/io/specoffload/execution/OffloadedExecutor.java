package io.specoffload.execution;

import io.specoffload.backend.Backend;
import io.specoffload.execution.ExpertModeChoice.Decision;
import io.specoffload.kv.KvCache;
import io.specoffload.kv.PagedKvCache;
import io.specoffload.model.Activations;
import io.specoffload.model.DecoderLayer;
import io.specoffload.model.DecoderModel;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.ForwardPass;
import io.specoffload.model.Logits;
import io.specoffload.model.LogitsBuffer;
import io.specoffload.model.ModelConfig;
import io.specoffload.store.ExpertCache;
import io.specoffload.store.ExpertCache.Mode;
import io.specoffload.store.TensorStore;
import io.specoffload.telemetry.RoutingListener;
import io.specoffload.telemetry.StreamMonitor;
import io.specoffload.telemetry.SweepStatistics;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a model that is larger than its memory: weights stream in under the compute. The results are those of a
 * {@link ResidentExecutor}, bit for bit: the same operations on the same bytes, only elsewhere. Owns its cache and
 * activations; backend and store are the caller's.
 */
public final class OffloadedExecutor implements ForwardExecutor {

    private static final Logger log = LoggerFactory.getLogger(OffloadedExecutor.class);

    private final DecoderModel model;
    private final TensorStore store;
    private final StreamedWeights weights;
    private final PagedKvCache cache;
    private final Activations activations;
    private final ForwardPass pass;
    private final LogitsBuffer logits;
    private final SweepMeter meter;
    private final ReadAhead readAhead;
    private final @Nullable ExpertSchedule experts;
    private final @Nullable ExpertModeChoice choice;
    private final GuessGuard guard = new GuessGuard();

    /**
     * @param cache closed with this executor
     * @param maxRows rows that are computed at once, at least 1; more take further sweeps
     * @param predictor guesses experts; of no meaning for a dense model
     * @param readAhead whether weights are read while no pass runs
     * @param routing hears which experts the rows go to
     */
    public OffloadedExecutor(
            DecoderModel model,
            TensorStore store,
            Backend backend,
            PagedKvCache cache,
            int maxRows,
            ExpertPredictor predictor,
            ReadAhead readAhead,
            RoutingListener routing) {
        this.model = model;
        this.store = store;
        this.cache = cache;
        ModelConfig config = model.config();
        ExpertCache expertCache = store.experts();
        if (expertCache == null || config.experts() == null) {
            this.experts = null;
            this.choice = null;
        } else {
            this.experts = new ExpertSchedule(expertCache, config.layers(), predictor, store.counters());
            this.choice = new ExpertModeChoice(
                    config.layers(),
                    config.experts().count(),
                    config.experts().used(),
                    expertCache.totalBytes() / expertCache.size(),
                    expertCache.kept());
        }
        this.weights = new StreamedWeights(store, config, backend.kernels().weightTypes(), experts);
        this.activations = new Activations(config, backend, maxRows);
        this.pass = new ForwardPass(backend.kernels(), activations, routing);
        this.logits = new LogitsBuffer(vocabulary());
        this.meter = new SweepMeter(store, guard, choice);
        this.readAhead = readAhead;
        if (readAhead == ReadAhead.DURING_PASSES) {
            store.pauseReading();
        }
    }

    @Override
    public int vocabulary() {
        return model.config().vocabulary();
    }

    @Override
    public KvCache kvCache() {
        return cache;
    }

    @Override
    public Optional<StreamMonitor> streaming() {
        return Optional.of(meter);
    }

    /**
     * {@inheritDoc}
     *
     * @throws io.specoffload.store.WeightReadException if weights could not be read or the file changed; no sequence
     *     has changed then
     */
    @Override
    public Logits forward(ForwardBatch batch) {
        BatchReservation.checkTokens(batch, vocabulary());
        logits.begin(batch.logitCount());
        // also where reading never rested: it costs nothing, and no wait for weights can be in vain
        store.resumeReading();
        try (BatchReservation reservation = BatchReservation.of(batch, cache)) {
            for (int row = 0; row < batch.rows(); ) {
                row = pass.take(batch, row);
                sweep();
            }
            // nothing that was computed from a file that changed meanwhile gets out
            store.requireUnchanged();
            reservation.commit();
        } finally {
            if (readAhead == ReadAhead.DURING_PASSES) {
                store.pauseReading();
            }
        }
        return logits.result();
    }

    /**
     * Takes the pass through all layers. Reading goes on meanwhile: every lease that a layer closes makes a staging buffer
     * free, into which the layer as many buffers further on is read while the ones between are computed; behind the
     * output head come the first layers of the next sweep, which are read while somebody drafts, if they may be.
     */
    private void sweep() {
        Mode mode = begin();
        model.embed(pass, weights.outer());
        for (DecoderLayer layer : model.layers()) {
            // waits for this layer's attention weights only; its feed-forward and the next layers are being read
            layer.attend(pass, weights.layer(layer.index()));
            foresee(layer.index() + 1);
            layer.feed(pass, weights.layer(layer.index()));
        }
        model.logits(pass, weights.outer(), logits);
        end(mode);
    }

    private Mode begin() {
        meter.begin();
        if (experts == null || choice == null) {
            return Mode.SWEEP;
        }
        Decision decision = choice.decide(pass.rows());
        if (decision.mode() != experts.mode()) {
            log.debug("Experts of a pass of {} rows: {}", pass.rows(), decision);
        }
        experts.begin(decision.mode(), guard.guesses(pass.rows()));
        return decision.mode();
    }

    /** Guesses the experts of the next layer by its router, so that they are read under this layer's feed-forward. */
    private void foresee(int next) {
        if (experts != null && next < model.layers().size()) {
            experts.foresee(next, () -> model.layers().get(next).foreseeExperts(pass, weights.layer(next)));
        }
    }

    private void end(Mode mode) {
        SweepMeter.Experts used = meter.experts();
        SweepStatistics sweep = meter.end(pass.rows(), experts == null ? "" : mode.name(), used.guesses() > 0);
        if (experts == null || choice == null) {
            return;
        }
        choice.learn(
                pass.rows(),
                mode,
                experts.distinct(),
                used.misses(),
                sweep.computeSeconds(),
                sweep.bytes(),
                sweep.ioSeconds());
        if (mode == Mode.ON_DEMAND) {
            double secondsPerByte = sweep.bytes() == 0 ? 0 : sweep.ioSeconds() / sweep.bytes();
            guard.learn(new GuessGuard.Pass(
                    pass.rows(),
                    experts.distinct(),
                    sweep.sweepSeconds(),
                    sweep.stallSeconds(),
                    used.bytesInVain() * secondsPerByte,
                    used.guesses(),
                    used.right()));
        }
    }

    @Override
    public void close() {
        activations.close();
        cache.close();
    }
}
