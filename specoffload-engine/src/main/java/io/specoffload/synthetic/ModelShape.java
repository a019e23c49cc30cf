package io.specoffload.synthetic;

/**
 * The size of a synthetic model.
 *
 * @param name for {@code general.name}
 * @param layers number of layers
 * @param width of the residual stream
 * @param feedForward inner width of the feed-forward part, of each expert where there are experts
 * @param heads query heads
 * @param kvHeads key/value heads; divides {@code heads}
 * @param headSize elements per head, even
 * @param vocabulary number of tokens
 * @param experts experts per layer, 0 for a dense model
 * @param expertsUsed experts per token, 0 for a dense model
 * @param contextLength positions
 */
public record ModelShape(
        String name,
        int layers,
        int width,
        int feedForward,
        int heads,
        int kvHeads,
        int headSize,
        int vocabulary,
        int experts,
        int expertsUsed,
        int contextLength) {

    private static final int MAX_EXTENT = 1 << 20;

    public ModelShape {
        require("layers", layers, 1, 10_000);
        require("width", width, 32, MAX_EXTENT);
        require("feedForward", feedForward, 32, MAX_EXTENT);
        require("heads", heads, 1, 4096);
        require("kvHeads", kvHeads, 1, heads);
        require("headSize", headSize, 2, 4096);
        require("vocabulary", vocabulary, SyntheticVocabulary.MINIMUM, SyntheticVocabulary.MAXIMUM);
        require("experts", experts, 0, 4096);
        require("expertsUsed", expertsUsed, experts == 0 ? 0 : 1, experts);
        require("contextLength", contextLength, 1, Integer.MAX_VALUE);
        if (heads % kvHeads != 0) {
            throw new IllegalArgumentException("the shape's kvHeads " + kvHeads + " do not divide its heads " + heads);
        }
        if (headSize % 2 != 0) {
            throw new IllegalArgumentException("the shape's headSize " + headSize + " is odd: RoPE rotates pairs");
        }
        if (width < minimumWidth(vocabulary)) {
            throw new IllegalArgumentException("the shape's width " + width + " cannot tell " + vocabulary
                    + " tokens apart; use at least " + minimumWidth(vocabulary) + ", or a smaller vocabulary");
        }
    }

    /**
     * Embeddings are random signs: two of them have a correlation of standard deviation 1 / sqrt(width). The largest of
     * all pairs, about sqrt(2 ln vocabulary^2) of these, must stay below 0.75, or another token than the next one could
     * win.
     */
    static int minimumWidth(int vocabulary) {
        double largest = Math.sqrt(4 * Math.log(vocabulary));
        return (int) Math.ceil(Math.pow(largest / 0.75, 2));
    }

    boolean hasExperts() {
        return experts > 0;
    }

    int queryWidth() {
        return heads * headSize;
    }

    int kvWidth() {
        return kvHeads * headSize;
    }

    private static void require(String field, int value, int least, int most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(
                    "the shape's " + field + " is " + value + ", but must be between " + least + " and " + most);
        }
    }
}
