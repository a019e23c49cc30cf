package io.specoffload.cli;

import io.specoffload.cli.ModelReport.TensorLine;
import io.specoffload.cli.ModelReport.TypeTotal;
import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What a model file holds. */
@Command(
        name = "inspect",
        description = "Describes a model file: metadata, tensors, architecture, and what is not supported.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class InspectCommand extends CliCommand {

    private static final int SHOWN_TEXT = 100;

    @Option(
            names = "--model",
            required = true,
            paramLabel = "M.gguf",
            description = "The model's file; of a split one the first part.")
    private Path model;

    @Override
    void run() throws IOException {
        ModelReport report = ModelReport.of(model);
        if (json()) {
            out().println(CliSupport.json(report));
        } else {
            print(report);
        }
    }

    private void print(ModelReport report) {
        heading("model");
        line("file", report.file() + (report.parts() > 1 ? " and " + (report.parts() - 1) + " more parts" : ""));
        line("format", "GGUF version " + report.version() + ", " + report.fileBytes() + " bytes");
        line("architecture", report.architecture());
        line("parameters", "%,d".formatted(report.parameters()));
        line("chat template", report.chatTemplate() ? "yes" : "none");
        report.hyperparameters().forEach((key, value) -> line(key, shown(value)));
        heading("tokenizer");
        report.tokenizer().forEach((key, value) -> line(key, shown(value)));
        heading("metadata");
        report.metadata().forEach((key, value) -> line(key, shown(value)));
        heading("tensors");
        for (TensorLine tensor : report.tensors()) {
            line(tensor.name(), tensor.type() + " " + Arrays.toString(tensor.shape()));
        }
        heading("tensor types");
        for (Map.Entry<String, TypeTotal> type : report.types().entrySet()) {
            line(
                    type.getKey(),
                    "%d tensors, %,d bytes"
                            .formatted(
                                    type.getValue().tensors(), type.getValue().bytes()));
        }
        heading("support");
        if (report.unsupported().isEmpty()) {
            out().println("  everything in this file is supported");
        }
        report.unsupported().forEach(problem -> out().println("  not supported: " + problem));
    }

    private void heading(String text) {
        out().println(text + ":");
    }

    private void line(String name, String value) {
        out().printf("  %-40s %s%n", name, value);
    }

    private static String shown(Object value) {
        String text = switch (value) {
            case Map<?, ?> summary ->
                summary.entrySet().stream()
                        .map(entry -> entry.getKey() + " " + entry.getValue())
                        .collect(Collectors.joining(", "));
            case List<?> list -> list.toString();
            case Object array
            when array.getClass().isArray() -> {
                Object[] elements = new Object[Array.getLength(array)];
                Arrays.setAll(elements, i -> Array.get(array, i));
                yield Arrays.toString(elements);
            }
            default -> value.toString();
        };
        String oneLine = text.replaceAll("\\R", "\\\\n");
        return oneLine.length() <= SHOWN_TEXT ? oneLine : oneLine.substring(0, SHOWN_TEXT) + "...";
    }
}
