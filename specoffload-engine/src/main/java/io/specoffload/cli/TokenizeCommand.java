package io.specoffload.cli;

import io.specoffload.format.GgufHeader;
import io.specoffload.tokenizer.Tokenizer;
import io.specoffload.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Text to token ids. */
@Command(
        name = "tokenize",
        description = "Prints the token ids of a text as a JSON array.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class TokenizeCommand extends CliCommand {

    @Option(names = "--model", required = true, paramLabel = "M.gguf", description = "The model's file.")
    private Path model;

    @Option(
            names = "--file",
            required = true,
            paramLabel = "TEXT",
            description = "The text, a UTF-8 file; - for standard input.")
    private Path file;

    @Option(names = "--add-special", description = "Add BOS and EOS as the model's file says.")
    private boolean addSpecial;

    @Option(names = "--parse-special", description = "Read the names of control tokens as these tokens.")
    private boolean parseSpecial;

    @Override
    void run() throws IOException {
        Tokenizer tokenizer = tokenizer(model);
        out().println(CliSupport.json(tokenizer.encode(text(file), addSpecial, parseSpecial)));
    }

    /** The tokenizer of a model; no more than the file's header is read. */
    static Tokenizer tokenizer(Path model) throws IOException {
        return Tokenizers.from(GgufHeader.readParts(model).getFirst().metadata());
    }

    private static String text(Path file) throws IOException {
        byte[] bytes = file.toString().equals("-") ? System.in.readAllBytes() : Files.readAllBytes(file);
        return StandardCharsets.UTF_8
                .newDecoder()
                .decode(ByteBuffer.wrap(bytes))
                .toString();
    }
}
