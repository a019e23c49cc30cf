package io.specoffload.spring.autoconfigure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.core.io.DefaultResourceLoader;

class ModelFilesTest {

    private static final String PROPERTY = "spring.ai.specoffload.target.model";

    @TempDir
    Path folder;

    private Path jar;
    private Path cache;
    private byte[] content;

    @BeforeEach
    void packModel() throws IOException {
        content = new byte[3_000_000];
        new Random(1).nextBytes(content);
        jar = jar("app.jar", content);
        cache = folder.resolve("cache/deeper");
    }

    private Path jar(String name, byte[] model) throws IOException {
        Path path = folder.resolve(name);
        try (OutputStream out = Files.newOutputStream(path);
                JarOutputStream entries = new JarOutputStream(out)) {
            entries.putNextEntry(new JarEntry("models/demo.gguf"));
            entries.write(model);
            entries.closeEntry();
            entries.putNextEntry(new JarEntry("models/big-00001-of-00002.gguf"));
            entries.closeEntry();
        }
        return path;
    }

    private static ModelFiles files(Path jar, Path cache) throws IOException {
        URL url = jar.toUri().toURL();
        return new ModelFiles(new DefaultResourceLoader(new URLClassLoader(new URL[] {url}, null)), cache);
    }

    private static List<Path> list(Path directory) throws IOException {
        try (var files = Files.list(directory)) {
            return files.toList();
        }
    }

    @Test
    void anEntryOfAJarIsExtractedOnce() throws IOException {
        Path extracted = files(jar, cache).find(PROPERTY, "classpath:models/demo.gguf");
        var modified = Files.getLastModifiedTime(extracted);
        Object inode = Files.getAttribute(extracted, "unix:ino");

        Path again = files(jar, cache).find(PROPERTY, "classpath:models/demo.gguf");

        assertThat(extracted).startsWith(cache).hasBinaryContent(content);
        assertThat(extracted.getFileName().toString()).endsWith("-demo.gguf");
        assertThat(again).isEqualTo(extracted);
        assertThat(Files.getLastModifiedTime(again)).isEqualTo(modified);
        assertThat(Files.getAttribute(again, "unix:ino")).isEqualTo(inode);
        assertThat(list(cache)).containsExactly(extracted);
    }

    @Test
    void anotherContentGetsAnotherName() throws IOException {
        byte[] other = content.clone();
        other[0]++;

        Path first = files(jar, cache).find(PROPERTY, "classpath:models/demo.gguf");
        Path second = files(jar("other.jar", other), cache).find(PROPERTY, "classpath:models/demo.gguf");

        assertThat(first).isNotEqualTo(second).hasBinaryContent(content);
        assertThat(second).hasBinaryContent(other);
    }

    @Test
    void anIncompleteFileIsReplaced() throws IOException {
        Path extracted = files(jar, cache).find(PROPERTY, "classpath:models/demo.gguf");
        Files.write(extracted, new byte[100]);

        assertThat(files(jar, cache).find(PROPERTY, "classpath:models/demo.gguf"))
                .hasBinaryContent(content);
    }

    @Test
    void threadsMayExtractAtOnce() throws Exception {
        int threads = 8;
        CyclicBarrier barrier = new CyclicBarrier(threads);
        List<Future<byte[]>> results = new ArrayList<>();
        try (var executor = Executors.newFixedThreadPool(threads)) {
            for (int i = 0; i < threads; i++) {
                results.add(executor.submit(() -> {
                    barrier.await();
                    return Files.readAllBytes(files(jar, cache).find(PROPERTY, "classpath:models/demo.gguf"));
                }));
            }
        }

        for (Future<byte[]> result : results) {
            assertThat(result.get()).isEqualTo(content);
        }
        assertThat(list(cache)).hasSize(1);
    }

    @Test
    void processesMayExtractAtOnce() throws Exception {
        List<Process> processes = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            processes.add(new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Extraction.class.getName(),
                            jar.toString(),
                            cache.toString())
                    .redirectErrorStream(true)
                    .redirectOutput(folder.resolve("output-" + i + ".txt").toFile())
                    .start());
        }

        for (Process process : processes) {
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }

        for (int i = 0; i < 2; i++) {
            assertThat(folder.resolve("output-" + i + ".txt")).content().endsWith("extracted\n");
        }
        assertThat(list(cache))
                .singleElement()
                .satisfies(file -> assertThat(file).hasBinaryContent(content));
    }

    /** The other process: extracts, and checks that it sees the whole file. */
    static final class Extraction {
        public static void main(String[] args) throws IOException {
            Path extracted = files(Path.of(args[0]), Path.of(args[1])).find(PROPERTY, "classpath:models/demo.gguf");
            System.out.println(Files.size(extracted) == 3_000_000 ? "extracted" : "incomplete");
        }
    }

    @Test
    void aDirectoryThatCannotBeWrittenNamesTheProperty() throws IOException {
        // a file where the directory should be: not writable for root either
        Path blocked = Files.createFile(folder.resolve("blocked"));

        assertThatThrownBy(() -> files(jar, blocked).find(PROPERTY, "classpath:models/demo.gguf"))
                .isInstanceOf(SpecOffloadStartupException.class)
                .hasMessageContaining("Set spring.ai.specoffload.cache-directory to a writable directory");
    }

    @Test
    void plainFilesAreTakenWhereTheyAre() throws IOException {
        Path file = Files.createFile(folder.resolve("model.gguf"));
        ModelFiles files = files(jar, cache);

        assertThat(files.find(PROPERTY, file.toString())).isEqualTo(file);
        assertThat(files.find(PROPERTY, file.toUri().toString())).isEqualTo(file);
        assertThat(files.find(PROPERTY, " ")).isNull();
        assertThat(files.find(PROPERTY, null)).isNull();
        assertThat(cache).doesNotExist();
    }

    @Test
    void whatCannotBeAModelIsRefusedByName() throws IOException {
        ModelFiles files = files(jar, cache);

        for (String location : List.of(
                folder.toString(),
                folder.resolve("missing.gguf").toString(),
                URI.create("file:" + folder.resolve("missing.gguf")).toString(),
                "classpath:missing.gguf",
                "classpath:models/big-00001-of-00002.gguf")) {
            assertThatThrownBy(() -> files.find(PROPERTY, location))
                    .isInstanceOf(SpecOffloadStartupException.class)
                    .hasMessageContaining(PROPERTY)
                    .hasMessageContaining(location);
        }
    }
}
