package io.specoffload.cli;

import io.specoffload.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Token ids to text. */
@Command(
        name = "detokenize",
        description = "Prints the text of token ids, exactly and without an added newline; with --json as an object.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class DetokenizeCommand extends CliCommand {

    @Option(names = "--model", required = true, paramLabel = "M.gguf", description = "The model's file.")
    private Path model;

    @Option(
            names = "--ids",
            required = true,
            paramLabel = "1,2,3",
            description = "Token ids, also as a JSON array; - for standard input.")
    private String ids;

    @Option(names = "--show-special", description = "Print the names of control tokens instead of leaving them out.")
    private boolean showSpecial;

    @Override
    void run() throws IOException {
        Tokenizer tokenizer = TokenizeCommand.tokenizer(model);
        int[] tokens = ids(ids.equals("-") ? new String(System.in.readAllBytes(), StandardCharsets.UTF_8) : ids);
        String text = showSpecial ? tokenizer.decode(tokens, true) : tokenizer.decodeText(tokens);
        if (json()) {
            out().println(CliSupport.json(Map.of("text", text)));
        } else {
            out().print(text);
        }
    }

    /** Ids separated by commas or white space, in brackets or not. */
    static int[] ids(String list) {
        String bare = list.strip();
        if (bare.startsWith("[") && bare.endsWith("]")) {
            bare = bare.substring(1, bare.length() - 1).strip();
        }
        if (bare.isEmpty()) {
            return new int[0];
        }
        return Arrays.stream(bare.split("\\s*,\\s*|\\s+"))
                .mapToInt(id -> {
                    try {
                        return Integer.parseInt(id);
                    } catch (NumberFormatException e) {
                        throw new IllegalArgumentException("'" + id + "' is not a token id", e);
                    }
                })
                .toArray();
    }
}
