package io.specoffload.spring.autoconfigure;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** The model files that the properties name; each is looked for, and extracted where that is needed, once. */
final class ModelLocations {

    private final SpecOffloadProperties properties;
    private final ModelFiles files;
    private @Nullable Path target;

    ModelLocations(SpecOffloadProperties properties, ModelFiles files) {
        this.properties = properties;
        this.files = files;
    }

    /** @throws SpecOffloadStartupException if none is named, or it cannot be used */
    Path target() {
        Path found = targetIfNamed();
        if (found == null) {
            throw new SpecOffloadStartupException(
                    "The property " + SpecOffloadProperties.TARGET_MODEL + " is not set, so there is no model to run.",
                    "Set " + SpecOffloadProperties.TARGET_MODEL + " to the path of a GGUF file, or"
                            + " spring.ai.model.chat to another provider or to none.");
        }
        return found;
    }

    /**
     * Null where no target is named: an application may bring an engine of its own.
     *
     * @throws SpecOffloadStartupException if it cannot be used
     */
    synchronized @Nullable Path targetIfNamed() {
        if (target == null) {
            target = files.find(
                    SpecOffloadProperties.TARGET_MODEL, properties.target().model());
        }
        return target;
    }

    /**
     * Null for no draft model.
     *
     * @throws SpecOffloadStartupException if it cannot be used
     */
    @Nullable
    Path draft() {
        return files.find(SpecOffloadProperties.DRAFT_MODEL, properties.draft().model());
    }
}
