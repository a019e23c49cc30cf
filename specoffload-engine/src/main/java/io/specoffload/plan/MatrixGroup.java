package io.specoffload.plan;

import io.specoffload.tensor.DType;

/**
 * Weight matrices that are alike for the cost model: of one type, and used alike by every row of a pass.
 *
 * @param type of the weights
 * @param elements of all of them, over all layers and all experts
 * @param matrices how many they are; where there are experts, of one expert
 * @param experts that they are divided into, layer by layer; 1 for matrices that every row uses
 * @param expertsUsed by one row; 1 for matrices that every row uses
 * @param logitsOnly whether only rows whose logits are wanted use them: the output head
 */
public record MatrixGroup(DType type, double elements, int matrices, int experts, int expertsUsed, boolean logitsOnly) {

    public MatrixGroup {
        if (elements <= 0 || matrices < 1 || experts < 1 || expertsUsed < 1 || expertsUsed > experts) {
            throw new IllegalArgumentException(
                    "matrices of " + elements + " elements, " + expertsUsed + " of " + experts + " experts");
        }
    }
}
