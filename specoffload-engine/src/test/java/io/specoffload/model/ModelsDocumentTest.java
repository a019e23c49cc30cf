package io.specoffload.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of supported models says what the code supports. */
class ModelsDocumentTest {

    @Test
    void namesEveryArchitecture() throws IOException {
        List<String> names = Architecture.ALL.stream().map(Architecture::name).toList();
        assertThat(column("## Architectures")).containsExactlyElementsOf(names);
    }

    @Test
    void namesEveryElementType() throws IOException {
        List<String> names = Arrays.stream(DType.values()).map(DType::name).toList();
        assertThat(column("## Element types")).containsExactlyInAnyOrderElementsOf(names);
    }

    /** The names in code font in the first column of the table below a heading. */
    private static List<String> column(String heading) throws IOException {
        String text = Files.readString(Path.of("../docs/models.md"));
        int from = text.indexOf(heading);
        assertThat(from).as(heading).isNotNegative();
        int to = text.indexOf("\n## ", from + 1);
        String section = text.substring(from, to < 0 ? text.length() : to);
        return section.lines()
                .filter(line -> line.startsWith("| `"))
                .flatMap(line -> Pattern.compile("`([^`]+)`")
                        .matcher(line.split("\\|")[1])
                        .results()
                        .map(match -> match.group(1)))
                .toList();
    }
}
