package io.specoffload.execution;

import io.specoffload.store.ExpertCache;
import io.specoffload.store.ExpertCache.Mode;
import io.specoffload.telemetry.StreamCounters;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Tells the cache which experts are wanted when. Used by the computing thread only. */
final class ExpertSchedule {

    private static final int[] NOTHING = {};

    private final ExpertCache cache;
    private final int layers;
    private final int perLayer;
    private final ExpertPredictor predictor;
    private final StreamCounters counters;
    private Mode mode = Mode.ON_DEMAND;
    private boolean guessing;
    private int[] atHand = NOTHING;
    private int[] foreseen = NOTHING;
    private int foreseenLayer = -1;
    private long distinct;

    /**
     * @param counters told how good the guesses are
     */
    ExpertSchedule(ExpertCache cache, int layers, ExpertPredictor predictor, StreamCounters counters) {
        this.cache = cache;
        this.layers = layers;
        this.perLayer = cache.size() / layers;
        this.predictor = predictor;
        this.counters = counters;
    }

    /**
     * A pass begins.
     *
     * @param guess whether experts are guessed, if they are read on demand
     */
    void begin(Mode passMode, boolean guess) {
        mode = passMode;
        guessing = guess && passMode == Mode.ON_DEMAND;
        atHand = NOTHING;
        foreseen = NOTHING;
        foreseenLayer = -1;
        distinct = 0;
        cache.wish(mode == Mode.SWEEP ? from(0) : NOTHING, mode);
    }

    /** A layer comes next. */
    void foresee(int layer, Supplier<int[]> routedEarly) {
        if (mode == Mode.ON_DEMAND && layer < layers) {
            // those guessed for the layer at hand are not chosen yet, and would give way to the new ones
            atHand = foreseen;
            foreseen = guessing ? keys(layer, predictor.predict(layer, routedEarly)) : NOTHING;
            foreseenLayer = layer;
            cache.wish(
                    IntStream.concat(Arrays.stream(atHand), Arrays.stream(foreseen))
                            .toArray(),
                    mode);
        }
    }

    /** The router of a layer has chosen. */
    void chosen(int layer, int[] ids) {
        distinct += ids.length;
        int[] now = keys(layer, ids);
        for (int key : now) {
            cache.chosen(key);
        }
        if (mode == Mode.SWEEP) {
            // they are read in the order of their use anyway
            int[] later = from(layer + 1);
            cache.wish(
                    IntStream.concat(Arrays.stream(now), Arrays.stream(later)).toArray(), mode);
            return;
        }
        if (foreseenLayer == layer) {
            // the last layer: nothing was guessed behind it, and its own guesses are of no use any more
            atHand = foreseen;
            foreseen = NOTHING;
        }
        judge(atHand, now);
        cache.wish(now, foreseen, mode);
    }

    /** Compares what was guessed with what was chosen. */
    private void judge(int[] guessed, int[] chosen) {
        if (guessed.length > 0) {
            int right = (int) Arrays.stream(guessed)
                    .filter(key -> Arrays.stream(chosen).anyMatch(other -> other == key))
                    .count();
            counters.expertsGuessed(guessed.length, right);
        }
    }

    /** Experts used in this pass, over all layers. */
    long distinct() {
        return distinct;
    }

    Mode mode() {
        return mode;
    }

    /** All experts from a layer on, those of the next sweep behind. */
    private int[] from(int layer) {
        int all = layers * perLayer;
        return IntStream.range(0, all).map(i -> (layer * perLayer + i) % all).toArray();
    }

    private int[] keys(int layer, int[] ids) {
        return Arrays.stream(ids).map(id -> cache.key(layer, id)).toArray();
    }
}
