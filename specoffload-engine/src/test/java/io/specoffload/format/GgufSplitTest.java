package io.specoffload.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufSplitTest {

    @TempDir
    Path folder;

    @Test
    void partsAreOneCheckpoint() throws IOException {
        Path first = parts(4L);
        try (GgufFile file = GgufFile.open(first)) {
            assertThat(file.tensors())
                    .extracting(Tensor::name)
                    .containsExactlyElementsOf(GgufSample.TENSORS.stream()
                            .map(GgufWriter.Declaration::name)
                            .toList());
            assertThat(file.metadata().string("general.architecture")).contains("llama");
            assertThat(file.index().entry("blk.0.ffn_up.weight").orElseThrow().part())
                    .isEqualTo(1);
            try (GgufFile part = GgufFile.open(rename("m-00002-of-00002.gguf", "second.gguf", 0))) {
                assertThat(file.tensor("blk.0.ffn_up.weight")
                                .orElseThrow()
                                .data()
                                .mismatch(part.tensor("blk.0.ffn_up.weight")
                                        .orElseThrow()
                                        .data()))
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void aMissingPartIsNamed() throws IOException {
        Path first = parts(4L);
        Files.delete(folder.resolve("m-00002-of-00002.gguf"));
        refused(first, "part 2 of 2 is missing", "m-00002-of-00002.gguf");
    }

    @Test
    void aLaterPartPointsToTheFirst() throws IOException {
        parts(4L);
        refused(folder.resolve("m-00002-of-00002.gguf"), "open the first part, m-00001-of-00002.gguf");
    }

    @Test
    void aRenamedPartIsRefused() throws IOException {
        Path first = parts(4L);
        refused(Files.copy(first, folder.resolve("other.gguf")), "must be called NAME-00001-of-00002.gguf");
    }

    @Test
    void aPartThatIsAnotherOneIsRefused() throws IOException {
        Path first = parts(4L);
        Files.copy(first, folder.resolve("m-00002-of-00002.gguf"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        refused(first, "split.no and split.count are 0 and 2, expected 1 and 2");
    }

    @Test
    void tensorsInTwoPartsAreRefused() throws IOException {
        Path first = parts(4L);
        GgufSample.write(
                folder.resolve("m-00002-of-00002.gguf"), split(1, 2, Map.of()), GgufSample.TENSORS.subList(0, 2));
        refused(first, "token_embd.weight is in an earlier part too");
    }

    @Test
    void aWrongTotalIsRefused() throws IOException {
        refused(parts(5L), "split.tensors.count is 5, but the parts hold 4");
    }

    private Path parts(long total) throws IOException {
        Map<String, Object> metadata = GgufSample.metadata();
        metadata.put("split.tensors.count", total);
        Path first = GgufSample.write(
                folder.resolve("m-00001-of-00002.gguf"), split(0, 2, metadata), GgufSample.TENSORS.subList(0, 2));
        GgufSample.write(
                folder.resolve("m-00002-of-00002.gguf"), split(1, 2, Map.of()), GgufSample.TENSORS.subList(2, 4));
        return first;
    }

    /** The second part as a file of its own. */
    private Path rename(String from, String to, int count) throws IOException {
        return GgufSample.write(folder.resolve(to), split(0, count, Map.of()), GgufSample.TENSORS.subList(2, 4));
    }

    private static Map<String, Object> split(int number, int count, Map<String, Object> metadata) {
        Map<String, Object> values = new LinkedHashMap<>(metadata);
        values.put("split.no", (short) number);
        values.put("split.count", (short) count);
        return values;
    }

    private static void refused(Path file, String... parts) {
        assertThatThrownBy(() -> GgufFile.open(file))
                .isInstanceOf(ModelFormatException.class)
                .message()
                .contains(List.of(parts));
    }
}
