package io.specoffload.model;

import io.specoffload.format.ModelFile;
import io.specoffload.tensor.DType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Makes a {@link DecoderModel} from a file's metadata and rotary factors. */
public final class ModelLoader {

    private ModelLoader() {}

    /**
     * @param contextLength positions that sequences will have at most: files with two sets of rotary factors (Phi 3)
     *     choose by it, once
     * @throws io.specoffload.format.ModelFormatException if the architecture is unsupported or a value is wrong
     */
    public static DecoderModel load(ModelFile file, int contextLength) {
        return load(ModelConfig.read(file), file, contextLength);
    }

    /**
     * As above, of hyperparameters that were read already.
     *
     * @param file where the rotary factors are, if there are any
     */
    public static DecoderModel load(ModelConfig config, ModelFile file, int contextLength) {
        WeightBinder binder = new WeightBinder(config, file, Set.of(DType.F32));
        return new DecoderModel(config, RopeTables.build(config, divisors(binder, config, contextLength)));
    }

    private static float @Nullable [] divisors(WeightBinder binder, ModelConfig config, int contextLength) {
        boolean extended = contextLength > config.rope().originalContext();
        float[] byContext = binder.ropeDivisors(extended ? "rope_factors_long.weight" : "rope_factors_short.weight");
        return byContext != null ? byContext : binder.ropeDivisors("rope_freqs.weight");
    }
}
