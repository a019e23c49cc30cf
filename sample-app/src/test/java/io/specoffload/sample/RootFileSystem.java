package io.specoffload.sample;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Lays out the root of a container image that needs nothing from a registry: this JVM, the shared libraries that its
 * executables name, and an application's jar.
 */
final class RootFileSystem {

    private static final Pattern LIBRARY = Pattern.compile("(/\\S+\\.so[\\w.]*) \\(0x|=> (/\\S+) \\(0x");
    private static final Set<String> LEFT_OUT = Set.of("jmods", "man", "include", "legal", "demo", "src.zip");

    private final Path root;

    RootFileSystem(Path root) {
        this.root = root;
    }

    void addJvm(Path javaHome) throws IOException, InterruptedException {
        Path jvm = root.resolve("jvm");
        Files.walkFileTree(javaHome, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes)
                    throws IOException {
                if (LEFT_OUT.contains(directory.getFileName().toString())) {
                    return FileVisitResult.SKIP_SUBTREE;
                }
                Files.createDirectories(
                        jvm.resolve(javaHome.relativize(directory).toString()));
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                if (!LEFT_OUT.contains(file.getFileName().toString()) && Files.exists(file)) {
                    copy(
                            file.toRealPath(),
                            jvm.resolve(javaHome.relativize(file).toString()));
                }
                return FileVisitResult.CONTINUE;
            }
        });
        List<Path> binaries = new ArrayList<>(List.of(javaHome.resolve("bin/java")));
        for (String library : List.of("server/libjvm.so", "libnet.so", "libnio.so", "libzip.so", "libjava.so")) {
            binaries.add(javaHome.resolve("lib/" + library));
        }
        for (Path library : libraries(binaries)) {
            if (!library.startsWith(javaHome.toRealPath())) {
                copy(library.toRealPath(), root.resolve(library.toString().substring(1)));
            }
        }
        Files.createDirectories(root.resolve("tmp"));
    }

    void add(Path file, String name) throws IOException {
        copy(file, root.resolve(name));
    }

    private static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to.getParent());
        Files.copy(from, to, java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
    }

    /** The libraries that the loader would load, by the loader's own account. */
    private static Set<Path> libraries(List<Path> binaries) throws IOException, InterruptedException {
        var found = new LinkedHashSet<Path>();
        for (Path binary : binaries) {
            Process process = new ProcessBuilder("ldd", binary.toString()).start();
            try (InputStream out = process.getInputStream()) {
                Matcher matcher = LIBRARY.matcher(new String(out.readAllBytes(), StandardCharsets.UTF_8));
                while (matcher.find()) {
                    found.add(Path.of(matcher.group(1) != null ? matcher.group(1) : matcher.group(2)));
                }
            }
            process.waitFor();
        }
        return found;
    }
}
