package io.specoffload.execution;

import io.specoffload.store.ExpertCache;
import io.specoffload.store.ExpertCache.Mode;
import java.util.Arrays;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Tells the cache which experts are wanted when. Used by the computing thread only. */
final class ExpertSchedule {

    private final ExpertCache cache;
    private final int layers;
    private final int perLayer;
    private final ExpertPredictor predictor;
    private Mode mode = Mode.ON_DEMAND;
    private int[] foreseen = new int[0];
    private long distinct;

    ExpertSchedule(ExpertCache cache, int layers, ExpertPredictor predictor) {
        this.cache = cache;
        this.layers = layers;
        this.perLayer = cache.size() / layers;
        this.predictor = predictor;
    }

    /** A pass begins. */
    void begin(Mode passMode) {
        mode = passMode;
        foreseen = new int[0];
        distinct = 0;
        cache.wish(mode == Mode.SWEEP ? from(0) : foreseen, mode);
    }

    /** A layer comes next. */
    void foresee(int layer, Supplier<int[]> routedEarly) {
        if (mode == Mode.ON_DEMAND && layer < layers) {
            // those guessed for the layer at hand are not chosen yet, and would give way to the new ones
            int[] atHand = foreseen;
            foreseen = keys(layer, predictor.predict(layer, routedEarly));
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
        } else {
            cache.wish(now, foreseen, mode);
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
