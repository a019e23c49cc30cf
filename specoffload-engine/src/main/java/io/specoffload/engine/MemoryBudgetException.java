package io.specoffload.engine;

/** The models do not fit the memory budget, not even streamed. The message shows the arithmetic. */
public final class MemoryBudgetException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final long smallestBudget;

    MemoryBudgetException(String message, long smallestBudget) {
        super(message);
        this.smallestBudget = smallestBudget;
    }

    /** The smallest budget that works, in bytes. */
    public long smallestBudget() {
        return smallestBudget;
    }
}
