package io.specoffload.calibration;

import io.specoffload.hardware.HardwareProfile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.core.JacksonException;

/**
 * Measured profiles in a folder, one file for each fingerprint, so that one folder may serve several machines and
 * settings. A cache that cannot be read or written costs a calibration, never a failure.
 */
final class ProfileCache {

    private static final Logger log = LoggerFactory.getLogger(ProfileCache.class);

    private final Path folder;

    ProfileCache(Path folder) {
        this.folder = folder;
    }

    /** A file's contents; the facts are there for the reader, and against a hash that two share. */
    private record Entry(
            Map<String, String> measuredOn,
            @Nullable Double processorShare,
            @Nullable Integer measurements,
            @Nullable HardwareProfile profile) {}

    /**
     * What was measured.
     *
     * @param processorShare how much of the processors other processes left meanwhile: 1 for all
     * @param measurements how often it was measured; this is the best of them
     */
    record Kept(HardwareProfile profile, double processorShare, int measurements) {}

    Path file(Fingerprint fingerprint) {
        return folder.resolve("hardware-" + fingerprint.hash() + ".json");
    }

    Optional<Kept> find(Fingerprint fingerprint) {
        Path file = file(fingerprint);
        try {
            Entry entry = ProfileJson.mapper().readValue(Files.readString(file), Entry.class);
            HardwareProfile profile = entry.profile();
            return profile == null || !fingerprint.facts().equals(entry.measuredOn())
                    ? Optional.empty()
                    : Optional.of(new Kept(
                            profile,
                            entry.processorShare() == null ? 1 : entry.processorShare(),
                            entry.measurements() == null ? 1 : entry.measurements()));
        } catch (NoSuchFileException absent) {
            return Optional.empty();
        } catch (IOException | JacksonException damaged) {
            log.warn("The hardware profile {} cannot be read and is measured anew: {}", file, reason(damaged));
            return Optional.empty();
        }
    }

    private static String reason(Exception damaged) {
        return damaged.toString().lines().findFirst().orElse("");
    }

    /** Written beside and renamed: another JVM sees no file or a whole one. */
    void put(Fingerprint fingerprint, Kept kept) {
        Path file = file(fingerprint);
        try {
            Files.createDirectories(folder);
            Path temporary = Files.createTempFile(folder, "hardware-", ".part");
            try {
                Files.writeString(
                        temporary,
                        ProfileJson.mapper()
                                .writeValueAsString(new Entry(
                                        fingerprint.facts(),
                                        kept.processorShare(),
                                        kept.measurements(),
                                        kept.profile())));
                Files.move(temporary, file, StandardCopyOption.REPLACE_EXISTING);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            log.warn("The hardware profile cannot be kept in {} and is measured at every start: {}", file, reason(e));
        }
    }
}
