package io.specoffload.testing;

import io.specoffload.backend.cpu.WeightFormat;
import io.specoffload.format.GgufFile;
import io.specoffload.format.GgufWriter;
import io.specoffload.tensor.DType;
import io.specoffload.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Copies a model with every weight as float32: the same values, but no engine rounds activations to compute with them. */
public final class FloatCopy {

    private FloatCopy() {}

    public static Path of(Path model, Path copy) throws IOException {
        try (GgufFile file = GgufFile.open(model);
                Arena arena = Arena.ofConfined()) {
            List<GgufWriter.Declaration> tensors = file.tensors().stream()
                    .map(tensor -> new GgufWriter.Declaration(tensor.name(), DType.F32, tensor.shape()))
                    .toList();
            Map<String, Object> metadata = new LinkedHashMap<>(file.metadata().asMap());
            metadata.remove("general.alignment");
            metadata.put("general.file_type", 0);
            try (GgufWriter writer = GgufWriter.create(copy, metadata, tensors)) {
                for (Tensor tensor : file.tensors()) {
                    writer.write(new Tensor(tensor.name(), DType.F32, tensor.shape(), floats(tensor, arena)));
                }
            }
        }
        return copy;
    }

    private static MemorySegment floats(Tensor tensor, Arena arena) {
        int elements = Math.toIntExact(tensor.shape().elements());
        float[] values = new float[elements];
        WeightFormat.of(tensor.type()).decode(tensor.data().address(), elements, values, 0);
        return arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
    }
}
