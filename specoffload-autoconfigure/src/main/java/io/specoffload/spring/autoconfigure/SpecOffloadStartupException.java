package io.specoffload.spring.autoconfigure;

import org.jspecify.annotations.Nullable;

/** The engine cannot start as it is configured; says what is wrong, and what to do about it. */
public class SpecOffloadStartupException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final String description;
    private final String action;

    SpecOffloadStartupException(String description, String action) {
        this(description, action, null);
    }

    SpecOffloadStartupException(String description, String action, @Nullable Throwable cause) {
        super(description + " " + action, cause);
        this.description = description;
        this.action = action;
    }

    /** What is wrong, naming the property. */
    public String getDescription() {
        return description;
    }

    /** The remedy, naming the property. */
    public String getAction() {
        return action;
    }
}
