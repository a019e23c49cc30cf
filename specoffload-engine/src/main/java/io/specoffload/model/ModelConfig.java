package io.specoffload.model;

import io.specoffload.format.ModelFile;
import io.specoffload.format.ModelFormatException;
import io.specoffload.kv.KvLayout;
import io.specoffload.tensor.DType;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The hyperparameters of a model, validated.
 *
 * @param architecture the family
 * @param layers number of layers
 * @param width elements of a hidden state
 * @param vocabulary rows of embedding and output head
 * @param contextLength positions the model was trained for
 * @param normEpsilon added to the mean square in every norm
 * @param attention heads and masks
 * @param rope rotary embedding
 * @param feedForward inner width of the dense feed-forward or of one expert
 * @param experts experts, or null for a dense model
 * @param embeddingScale factor on embeddings, usually 1
 * @param finalSoftCap soft cap of the logits, 0 for none
 */
public record ModelConfig(
        Architecture architecture,
        int layers,
        int width,
        int vocabulary,
        int contextLength,
        float normEpsilon,
        AttentionConfig attention,
        RopeConfig rope,
        int feedForward,
        @Nullable ExpertConfig experts,
        float embeddingScale,
        float finalSoftCap) {

    /**
     * Attention of every layer.
     *
     * @param heads query heads
     * @param kvHeads key/value heads; heads is a multiple of it
     * @param headSize elements per head
     * @param scale factor on q.k
     * @param softCap soft cap of the scores, 0 for none
     * @param window latest positions that a layer with a sliding window sees
     * @param windowLayers indices of the layers with a sliding window
     */
    public record AttentionConfig(
            int heads, int kvHeads, int headSize, float scale, float softCap, int window, Set<Integer> windowLayers) {
        public AttentionConfig {
            windowLayers = Set.copyOf(windowLayers);
        }

        /** Elements of a row of queries. */
        public int queryWidth() {
            return heads * headSize;
        }

        /** Elements of a row of keys, or of values. */
        public int kvWidth() {
            return kvHeads * headSize;
        }
    }

    /**
     * Rotary position embedding as the file describes it; YaRN is arXiv 2309.00071.
     *
     * @param dimensions rotated elements of each head, even
     * @param base angle base
     * @param windowBase angle base of layers with a sliding window, which are never scaled; 0 if they are like the others
     * @param factor context extension: angles are divided by it (linear) or by parts (YaRN)
     * @param yarn whether the extension is YaRN's
     * @param originalContext context length before extension
     * @param magnitude factor on sine and cosine, YaRN's own included
     * @param betaFast YaRN: rotations over the original context above which an angle is left alone
     * @param betaSlow YaRN: rotations below which it is divided by the factor
     */
    public record RopeConfig(
            int dimensions,
            double base,
            double windowBase,
            double factor,
            boolean yarn,
            int originalContext,
            double magnitude,
            double betaFast,
            double betaSlow) {}

    /**
     * A mixture of experts.
     *
     * @param count experts per layer
     * @param used experts per token
     */
    public record ExpertConfig(int count, int used) {}

    /**
     * Reads the hyperparameters of a file.
     *
     * @throws ModelFormatException naming the key that is missing, wrong or unsupported
     */
    public static ModelConfig read(ModelFile file) {
        return new ModelConfigReader(file).read();
    }

    /** What a page of this model's KV cache holds. */
    public KvLayout kvLayout(DType type) {
        return new KvLayout(layers, attention.kvHeads(), attention.headSize(), type);
    }
}
