package io.specoffload.template;

/** Text being written, of a template or of a part that is captured. */
final class Output {

    private final StringBuilder text = new StringBuilder();
    private final Budget budget;

    Output(Budget budget) {
        this.budget = budget;
    }

    void write(String part) {
        budget.grow(text.length(), part.length());
        text.append(part);
    }

    String text() {
        return text.toString();
    }
}
