package io.specoffload.calibration;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The files in which Linux describes the machine and the process ({@code /proc}, {@code /sys}), below a root that tests
 * choose. A file that is missing or may not be read is empty: no system has all of them.
 */
public final class SystemFiles {

    private static final Pattern INTEGER = Pattern.compile("-?\\d{1,18}");

    private final Path root;

    /** @param root {@code /}, or a folder with the same layout */
    public SystemFiles(Path root) {
        this.root = root;
    }

    /** A file's text without blanks around it. */
    Optional<String> text(String path) {
        return bytes(path).map(bytes -> new String(bytes, java.nio.charset.StandardCharsets.UTF_8).strip());
    }

    Optional<byte[]> bytes(String path) {
        try {
            return Optional.of(Files.readAllBytes(file(path)));
        } catch (IOException | SecurityException missing) {
            return Optional.empty();
        }
    }

    List<String> lines(String path) {
        return text(path).map(text -> text.lines().toList()).orElse(List.of());
    }

    boolean isFile(String path) {
        return Files.isRegularFile(file(path));
    }

    /** The value after {@code key} and blanks or a colon, in the first line that starts with the key. */
    Optional<String> value(String path, String key) {
        return lines(path).stream()
                .filter(line ->
                        line.startsWith(key) && line.substring(key.length()).matches("[\\s:].*"))
                .map(line -> line.substring(key.length())
                        .replaceFirst("^[\\s:]+", "")
                        .strip())
                .findFirst();
    }

    /** A text's first word as a whole number, if it is one. */
    static Optional<Long> integer(String text) {
        String word = text.strip().split("\\s+", 2)[0];
        return INTEGER.matcher(word).matches() ? Optional.of(Long.parseLong(word)) : Optional.empty();
    }

    private Path file(String path) {
        return root.resolve(path.startsWith("/") ? path.substring(1) : path);
    }
}
