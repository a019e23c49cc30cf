package io.specoffload.spring.autoconfigure;

import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.core.io.Resource;
import org.springframework.core.io.ResourceLoader;

/**
 * Finds model files by the locations that properties name. The engine maps files into memory, which an entry of a jar
 * does not allow: such a model is extracted once to the cache directory, under a name with its content's hash, written
 * beside and renamed in one step. Any number of JVMs may do so at once: each sees no file or a whole one.
 */
final class ModelFiles {

    private static final Logger LOG = LoggerFactory.getLogger(ModelFiles.class);
    private static final Pattern URL = Pattern.compile("^[A-Za-z][A-Za-z0-9+.-]+:.*");
    private static final Pattern PART = Pattern.compile(".*-\\d{5}-of-\\d{5}\\.gguf$");

    private final ResourceLoader resources;
    private final Path cacheDirectory;

    ModelFiles(ResourceLoader resources, Path cacheDirectory) {
        this.resources = resources;
        this.cacheDirectory = cacheDirectory;
    }

    /**
     * @param property the property that names the location, for messages
     * @return null if there is no location
     * @throws SpecOffloadStartupException if there is no such file, or it cannot be extracted
     */
    @Nullable
    Path find(String property, @Nullable String location) {
        if (location == null || location.isBlank()) {
            return null;
        }
        String trimmed = location.strip();
        if (!URL.matcher(trimmed).matches()) {
            return existing(property, location, path(property, trimmed));
        }
        Resource resource = resources.getResource(trimmed);
        if (!resource.exists()) {
            throw missing(property, location, "there is no such resource");
        }
        try {
            if (resource.isFile()) {
                return existing(property, location, resource.getFile().toPath());
            }
            if (trimmed.startsWith("http:") || trimmed.startsWith("https:")) {
                throw missing(property, location, "models are not downloaded");
            }
            return extracted(property, location, resource);
        } catch (IOException e) {
            throw new SpecOffloadStartupException(
                    "The model of " + property + " (" + location + ") cannot be read: " + e.getMessage() + ".",
                    "Set " + property + " to a readable GGUF file.",
                    e);
        }
    }

    private static Path path(String property, String location) {
        try {
            return Path.of(location);
        } catch (InvalidPathException e) {
            throw missing(property, location, e.getReason());
        }
    }

    private static Path existing(String property, String location, Path path) {
        if (!Files.isRegularFile(path)) {
            throw missing(property, location, Files.exists(path) ? "that is not a file" : "there is no such file");
        }
        if (!Files.isReadable(path)) {
            throw missing(property, location, "the file may not be read");
        }
        return path;
    }

    private static SpecOffloadStartupException missing(String property, String location, String problem) {
        return new SpecOffloadStartupException(
                "The property " + property + " names " + location + ", but " + problem + ".",
                "Set " + property + " to the path of a GGUF file, or to a resource location such as"
                        + " classpath:models/model.gguf.");
    }

    private Path extracted(String property, String location, Resource resource) throws IOException {
        String name = resource.getFilename() == null ? "model.gguf" : resource.getFilename();
        if (PART.matcher(name).matches()) {
            throw missing(property, location, "a split model is loaded from files only");
        }
        Path target = cacheDirectory.resolve(hash(resource).substring(0, 16) + "-" + name);
        long length = resource.contentLength();
        if (isComplete(target, length)) {
            return target;
        }
        try {
            Files.createDirectories(cacheDirectory);
            Path temporary = Files.createTempFile(cacheDirectory, name, ".part");
            try {
                copy(resource, temporary);
                publish(temporary, target, length);
            } finally {
                Files.deleteIfExists(temporary);
            }
        } catch (IOException e) {
            throw new SpecOffloadStartupException(
                    "The model " + location + " cannot be extracted to " + cacheDirectory + " (" + e + ").",
                    "Set " + SpecOffloadProperties.CACHE_DIRECTORY + " to a writable directory with " + (length >> 20)
                            + " MiB free, or " + property + " to a file outside of the jar.",
                    e);
        }
        LOG.info("Extracted {} to {}", location, target);
        return target;
    }

    private static boolean isComplete(Path file, long length) throws IOException {
        return Files.isRegularFile(file) && Files.size(file) == length;
    }

    private static void copy(Resource resource, Path temporary) throws IOException {
        try (InputStream in = resource.getInputStream()) {
            Files.copy(in, temporary, StandardCopyOption.REPLACE_EXISTING);
        }
        // the rename must not become durable before the content
        try (FileChannel channel = FileChannel.open(temporary, StandardOpenOption.WRITE)) {
            channel.force(true);
        }
    }

    private static void publish(Path temporary, Path target, long length) throws IOException {
        try {
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            // some systems do not replace a file that another JVM has mapped: then it has the same content
            if (!isComplete(target, length)) {
                throw e;
            }
        }
    }

    private static String hash(Resource resource) throws IOException {
        try (var in = new DigestInputStream(resource.getInputStream(), MessageDigest.getInstance("SHA-256"))) {
            in.transferTo(java.io.OutputStream.nullOutputStream());
            return HexFormat.of().formatHex(in.getMessageDigest().digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }
}
