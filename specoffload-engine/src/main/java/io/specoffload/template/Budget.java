package io.specoffload.template;

/** What a rendering has used of its {@link TemplateLimits}, and the line it is at. */
final class Budget {

    private static final int ELEMENTS_PER_STEP = 4;
    private static final int COMPARISONS_PER_STEP = 128;

    private final TemplateLimits limits;
    private long steps;
    private int depth;
    private int line;

    Budget(TemplateLimits limits) {
        this.limits = limits;
    }

    int line() {
        return line;
    }

    void at(int newLine) {
        line = newLine;
    }

    TemplateLimits limits() {
        return limits;
    }

    /** Counts evaluated nodes or work of that size. */
    void step(long count) {
        steps += count;
        if (steps > limits.steps()) {
            throw new TemplateException("the template does not end within " + limits.steps() + " steps");
        }
    }

    /** Counts the copying of so many characters or elements. */
    void copy(long elements) {
        step(1 + elements / ELEMENTS_PER_STEP);
    }

    /** To be called before a text of that length is built. */
    void text(long characters) {
        grow(0, characters);
    }

    /** To be called before a text of some length grows by so many characters. */
    void grow(long length, long added) {
        if (length + added > limits.outputCharacters()) {
            throw new TemplateException("a text grows beyond " + limits.outputCharacters() + " characters");
        }
        copy(added);
    }

    /** To be called before a list of that length is built. */
    void list(long elements) {
        if (elements > limits.outputCharacters()) {
            throw new TemplateException("a list grows beyond " + limits.outputCharacters() + " elements");
        }
        copy(elements);
    }

    /** Counts a search: its worst case is one comparison per pair of characters. */
    void search(int text, int pattern) {
        copy(text);
        step((long) text * pattern / COMPARISONS_PER_STEP);
    }

    void enter() {
        if (++depth > limits.depth()) {
            throw new TemplateException("nested deeper than " + limits.depth() + " levels");
        }
    }

    void leave() {
        depth--;
    }
}
