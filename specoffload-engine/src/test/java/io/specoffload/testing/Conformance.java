package io.specoffload.testing;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Where the reference data lies, if it is there. */
public final class Conformance {

    private Conformance() {}

    /**
     * The folder of one kind of reference data; the calling test is skipped where it is absent.
     *
     * @param kind {@code logits}, {@code tokenizers} or {@code chat-templates}
     */
    public static Path folder(String kind) {
        Path start = Path.of("").toAbsolutePath();
        for (Path at = start; at != null; at = at.getParent()) {
            Path folder = at.resolve("shared/conformance").resolve(kind);
            if (Files.isDirectory(folder)) {
                return folder;
            }
        }
        Assumptions.abort("no reference data: no folder shared/conformance/" + kind + " beside or above " + start);
        throw new AssertionError("unreachable");
    }
}
