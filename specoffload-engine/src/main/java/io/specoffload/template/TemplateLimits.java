package io.specoffload.template;

/**
 * What one rendering may cost. A template comes from a model file and is not trusted.
 *
 * @param outputCharacters longest text, whether output or an intermediate value
 * @param steps evaluated nodes; texts and lists that are copied count too, one step for a few elements
 * @param depth nested expressions, blocks and macro calls
 * @param range longest {@code range(...)}
 */
public record TemplateLimits(int outputCharacters, long steps, int depth, int range) {

    /** Enough for prompts of some million tokens, and over in about a second for a template that never ends. */
    public static final TemplateLimits DEFAULT = new TemplateLimits(8_000_000, 20_000_000, 200, 100_000);

    public TemplateLimits {
        if (outputCharacters < 1 || steps < 1 || depth < 1 || range < 1) {
            throw new IllegalArgumentException("every limit must be at least 1");
        }
    }
}
