package io.specoffload.spring.autoconfigure;

import io.specoffload.engine.HardwareProfiler;
import io.specoffload.hardware.HardwareProfile;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.Supplier;
import org.springframework.beans.factory.ObjectProvider;

/**
 * The hardware profile as far as it is known without measuring: a bean of the application's own, a file, or what was
 * measured at an earlier start. The engine is planned with it while the application starts, when there is no time to
 * measure.
 *
 * @param profiler ours; there is none where the application brings a profile
 * @param profile the application's own profile, if there is no profiler
 */
record KnownHardware(ObjectProvider<HardwareProfiler> profiler, ObjectProvider<HardwareProfile> profile) {

    Optional<HardwareProfile> find() {
        HardwareProfiler ours = profiler.getIfAvailable();
        return ours == null ? Optional.ofNullable(profile.getIfAvailable()) : checked(ours::known);
    }

    /** Gets what a profiler knows or measures; explains what is wrong with given values. */
    static <T> T checked(Supplier<T> profiler) {
        try {
            return profiler.get();
        } catch (IllegalArgumentException | UncheckedIOException e) {
            throw new SpecOffloadStartupException(
                    "The hardware profile cannot be used: " + e.getMessage() + ".",
                    "Check the properties " + SpecOffloadProperties.HARDWARE + ".*, and the file that "
                            + SpecOffloadProperties.HARDWARE + ".file names.",
                    e);
        }
    }
}
