package io.specoffload.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PageCacheTest {

    @TempDir
    private Path folder;

    @Test
    void aFileIsInMemoryUntilItIsDropped() throws Exception {
        Path file = folder.resolve("f");
        Files.write(file, new byte[1_000_001]);
        long before = PageCache.residentBytes(file);
        Assumptions.assumeTrue(before >= 0, "the system does not tell");
        assertThat(before).isGreaterThanOrEqualTo(1_000_001).isLessThan(1_100_000);
        Assumptions.assumeFalse(
                Files.getFileStore(folder).type().equals("tmpfs"), "this file system is nothing but memory");
        assertThat(PageCache.drop(file)).isTrue();
        assertThat(PageCache.residentBytes(file)).isZero();
        Files.readAllBytes(file);
        assertThat(PageCache.residentBytes(file)).isPositive();
    }

    @Test
    void anEmptyFileHoldsNothing() throws Exception {
        Path file = Files.createFile(folder.resolve("empty"));
        assertThat(PageCache.residentBytes(file)).isLessThanOrEqualTo(0);
    }
}
