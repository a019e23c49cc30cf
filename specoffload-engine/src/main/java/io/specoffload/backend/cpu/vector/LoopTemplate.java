package io.specoffload.backend.cpu.vector;

import java.io.IOException;
import java.io.InputStream;
import java.lang.invoke.MethodHandles;

/**
 * Classes of loops of which each weight format gets a hidden copy: the format is a constant there, which the compiler inlines, and the profiles are
 * the copy's own.
 */
final class LoopTemplate {

    private LoopTemplate() {}

    /** A copy of a class of this package for a format, to find its methods with. */
    static MethodHandles.Lookup copy(String template, DirectFormat format) {
        try (InputStream stream = LoopTemplate.class.getResourceAsStream(template + ".class")) {
            if (stream == null) {
                throw new LinkageError(template + ".class is missing");
            }
            return MethodHandles.lookup().defineHiddenClassWithClassData(stream.readAllBytes(), format, true);
        } catch (IOException | IllegalAccessException e) {
            throw new LinkageError("the kernels of " + format.type(), e);
        }
    }

    /** The format of a copy, which asks with its own lookup. */
    static DirectFormat format(MethodHandles.Lookup copy) {
        try {
            return MethodHandles.classData(copy, "_", DirectFormat.class);
        } catch (IllegalAccessException e) {
            throw new LinkageError("the format of these loops", e);
        }
    }
}
