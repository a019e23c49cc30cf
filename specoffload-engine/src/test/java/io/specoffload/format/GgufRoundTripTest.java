package io.specoffload.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.tensor.DType;
import io.specoffload.tensor.Shape;
import io.specoffload.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GgufRoundTripTest {

    @TempDir
    Path folder;

    @Test
    void metadataComesBackAsWritten() throws IOException {
        try (GgufFile file = GgufFile.open(GgufSample.write(folder.resolve("m.gguf")))) {
            Metadata metadata = file.metadata();
            assertThat(metadata.asMap().keySet())
                    .containsExactlyElementsOf(GgufSample.metadata().keySet());
            assertThat(metadata.string("general.name")).contains("Größe 大");
            assertThat(metadata.integer("a.negative")).contains(-5L);
            assertThat(metadata.integer("a.large")).contains(1L << 40);
            assertThat(metadata.real("a.float")).contains(0.5);
            assertThat(metadata.real("a.double")).contains(0.1);
            assertThat(metadata.bool("a.true")).contains(true);
            assertThat(metadata.integer("a.short")).contains(65_535L);
            assertThat(metadata.strings("tokenizer.ggml.tokens")).contains(List.of("<s>", "", "a", "é"));
            assertThat(metadata.floats("tokenizer.ggml.scores").orElseThrow())
                    .containsExactly(0f, -1.5f, Float.NaN, 3f);
            assertThat((double[]) metadata.asMap().get("a.doubles")).containsExactly(0.1, 2);
            assertThat(metadata.integers("tokenizer.ggml.token_type").orElseThrow())
                    .containsExactly(3, 1, 1, -1);
            assertThat(metadata.integers("a.longs").orElseThrow()).containsExactly(1L << 40, 2);
            assertThat(metadata.bools("a.flags").orElseThrow()).containsExactly(true, false);
            assertThat(metadata.strings("a.empty").orElseThrow()).isEmpty();
            assertThat((List<?>) metadata.asMap().get("a.nested"))
                    .hasSize(3)
                    .first()
                    .isEqualTo(List.of("x", "y"));
        }
    }

    @Test
    void everyTypeOfTensorComesBackByteForByte() throws IOException {
        List<GgufWriter.Declaration> declarations = Arrays.stream(DType.values())
                .map(type -> new GgufWriter.Declaration(type.name(), type, new Shape(256, 3)))
                .toList();
        Path first = GgufSample.write(folder.resolve("a.gguf"), GgufSample.metadata(), declarations);
        Path second = folder.resolve("b.gguf");
        try (GgufFile file = GgufFile.open(first);
                GgufWriter writer = GgufWriter.create(second, GgufSample.metadata(), declarations)) {
            assertThat(file.tensors())
                    .extracting(Tensor::name)
                    .containsExactlyElementsOf(declarations.stream()
                            .map(GgufWriter.Declaration::name)
                            .toList());
            for (Tensor tensor : file.tensors()) {
                assertThat(tensor.shape()).isEqualTo(new Shape(256, 3));
                assertThat(file.index().entry(tensor.name()).orElseThrow().offset() % 32)
                        .isZero();
                writer.write(tensor);
            }
            assertThat(writer.fileSize()).isEqualTo(Files.size(first));
        }
        assertThat(second).hasSameBinaryContentAs(first);
        assertThat(folder.resolve("b.gguf.part")).doesNotExist();
    }

    @Test
    void versionTwoIsReadToo() throws IOException {
        byte[] bytes = GgufSample.bytes(folder);
        bytes[4] = 2;
        try (GgufFile file = GgufFile.open(Files.write(folder.resolve("v2.gguf"), bytes))) {
            assertThat(file.tensors()).hasSize(GgufSample.TENSORS.size());
            assertThat(file.name()).isEqualTo("v2.gguf");
        }
    }

    @Test
    void fileWithoutTensorsNeedsNoData() throws IOException {
        Path path = GgufSample.write(folder.resolve("v.gguf"), Map.of("general.architecture", "llama"), List.of());
        try (GgufFile file = GgufFile.open(path)) {
            assertThat(file.tensors()).isEmpty();
        }
    }

    @Test
    void tensorsMayNotBeUsedAfterClose() throws IOException {
        GgufFile file = GgufFile.open(GgufSample.write(folder.resolve("m.gguf")));
        Tensor tensor = file.tensor("token_embd.weight").orElseThrow();
        file.close();
        file.close();
        assertThatIllegalStateException().isThrownBy(() -> tensor.data().get(ValueLayout.JAVA_BYTE, 0));
    }

    @Test
    void tensorsBeyondTwoGibibytesAreReached() throws IOException {
        Path path = folder.resolve("large.gguf");
        var large = new GgufWriter.Declaration("large", DType.F32, new Shape(1 << 20, 640));
        var last = new GgufWriter.Declaration("last", DType.F32, new Shape(4));
        // a sparse file: the header from the writer, the data by one write at the end
        Path small = folder.resolve("small.gguf");
        GgufSample.write(small, Map.of(), List.of(new GgufWriter.Declaration("x", DType.F32, new Shape(1))));
        byte[] header = HostileHeader.of(List.of(large, last));
        try (var channel = Files.newByteChannel(
                path, java.nio.file.StandardOpenOption.CREATE, java.nio.file.StandardOpenOption.WRITE)) {
            channel.write(ByteBuffer.wrap(header));
            channel.position(header.length + large.byteSize());
            ByteBuffer floats = ByteBuffer.allocate(16).order(java.nio.ByteOrder.LITTLE_ENDIAN);
            floats.asFloatBuffer().put(new float[] {1, 2, 3, 4});
            channel.write(floats);
        }
        try (GgufFile file = GgufFile.open(path)) {
            MemorySegment data = file.tensor("last").orElseThrow().data();
            assertThat(file.index().entry("last").orElseThrow().offset()).isGreaterThan(Integer.MAX_VALUE);
            assertThat(data.get(ValueLayout.JAVA_FLOAT, 12)).isEqualTo(4f);
        }
    }

    @Test
    void anIncompleteFileIsNotLeftBehind() throws IOException {
        Path path = folder.resolve("m.gguf");
        GgufWriter writer = GgufWriter.create(path, Map.of(), GgufSample.TENSORS);
        writer.write(ByteBuffer.allocate(96));
        writer.write(ByteBuffer.allocate(30));
        assertThatIllegalStateException().isThrownBy(() -> writer.write(ByteBuffer.allocate(10)));
        assertThatIllegalStateException().isThrownBy(writer::close).withMessageContaining("1 of 4");
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void valuesThatHaveNoGgufTypeAreRefused() {
        Path path = folder.resolve("m.gguf");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GgufWriter.create(path, Map.of("k", List.of(1, 2)), List.of()))
                .withMessageContaining("k");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> GgufWriter.create(path, Map.of("k", new Object()), List.of()));
        assertThatIllegalArgumentException()
                .isThrownBy(() -> new GgufWriter.Declaration("t", DType.Q4_0, new Shape(33)));
    }

    @Test
    void missingFilesAndFoldersAreNamed() {
        assertThatThrownBy(() -> GgufFile.open(folder.resolve("none.gguf"))).isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> GgufFile.open(folder))
                .isInstanceOf(ModelFormatException.class)
                .hasMessageContaining("folder");
    }
}
