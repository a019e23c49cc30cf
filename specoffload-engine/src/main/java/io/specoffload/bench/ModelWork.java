package io.specoffload.bench;

import io.specoffload.format.ModelFile;
import io.specoffload.tensor.Tensor;
import io.specoffload.tensor.TensorRole;

/**
 * What a pass of a model needs, from its tensors alone; attention over the cache is not counted.
 *
 * @param layerWeights weights of all layers that one row is multiplied with; of experts those in use
 * @param headWeights weights of the output head
 * @param decodeBytes stored bytes of both: what one token reads
 * @param vocabulary rows of the output head
 * @param hasExperts whether rows may need different weights
 */
public record ModelWork(long layerWeights, long headWeights, long decodeBytes, int vocabulary, boolean hasExperts) {

    /** Counts a file's tensors. */
    public static ModelWork of(ModelFile file) {
        String architecture = file.metadata().string("general.architecture").orElse("");
        double experts = file.metadata().int32(architecture + ".expert_count").orElse(0);
        double used = file.metadata().int32(architecture + ".expert_used_count").orElse(0);
        double expertShare = experts == 0 ? 1 : used / experts;
        Tensor embedding = file.tensor("token_embd.weight")
                .orElseThrow(() -> new IllegalArgumentException(file.name() + " has no token_embd.weight"));
        Tensor head = file.tensor("output.weight").orElse(embedding);
        double weights = 0;
        double bytes = head.byteSize();
        for (Tensor tensor : file.tensors()) {
            if (TensorRole.layerOf(tensor.name()) >= 0) {
                double share = TensorRole.of(tensor.name()) == TensorRole.EXPERTS ? expertShare : 1;
                weights += share * tensor.shape().elements();
                bytes += share * tensor.byteSize();
            }
        }
        return new ModelWork(
                Math.round(weights), head.shape().elements(), Math.round(bytes), embedding.rows(), experts > 0);
    }

    /** Floating-point operations of a pass. */
    public double flops(int rows, int logits) {
        return 2.0 * ((double) rows * layerWeights + (double) logits * headWeights);
    }
}
