package io.specoffload.cli;

import io.specoffload.format.GgufHeader;
import io.specoffload.tokenizer.ChatTemplate;
import io.specoffload.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** What a chat template makes of a conversation. */
@Command(
        name = "render",
        description = "Prints the text that a chat template makes of its variables, without an added newline.",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class RenderCommand extends CliCommand {

    /** Where the template is. */
    @SuppressWarnings("NullAway.Init")
    private static final class Source {
        @Option(names = "--model", paramLabel = "M.gguf", description = "A model's file that holds the template.")
        @Nullable
        private Path model;

        @Option(names = "--template", paramLabel = "T.jinja", description = "The template, a UTF-8 file.")
        @Nullable
        private Path template;
    }

    @ArgGroup(multiplicity = "1")
    private Source source;

    @Option(
            names = "--context",
            required = true,
            paramLabel = "C.json",
            description = "The template's variables, a JSON object; with --model, bos_token and eos_token are added.")
    private Path context;

    @Option(
            names = "--now",
            paramLabel = "TIME",
            description = "What the template takes for the present, for example 2026-11-21T10:00:00.")
    private @Nullable LocalDateTime now;

    @Override
    void run() throws IOException {
        Clock clock = now == null
                ? Clock.system(ZoneId.systemDefault())
                : Clock.fixed(now.toInstant(ZoneOffset.UTC), ZoneOffset.UTC);
        Map<String, Object> variables = variables();
        String rendered;
        if (source.template != null) {
            rendered = ChatTemplate.render(Files.readString(source.template), variables, clock);
        } else if (source.model != null) {
            var metadata = GgufHeader.readParts(source.model).getFirst().metadata();
            var vocabulary = Tokenizers.from(metadata).vocabulary();
            rendered = ChatTemplate.from(metadata, vocabulary, clock).render(variables);
        } else {
            throw new IllegalStateException("picocli demands one of them");
        }
        out().print(json() ? CliSupport.json(Map.of("text", rendered)) : rendered);
    }

    private Map<String, Object> variables() throws IOException {
        try {
            @SuppressWarnings("unchecked")
            Map<String, Object> variables =
                    JsonMapper.shared().readValue(Files.readString(context), LinkedHashMap.class);
            return variables;
        } catch (JacksonException e) {
            throw new IllegalArgumentException(context + " is not a JSON object: " + e.getOriginalMessage(), e);
        }
    }
}
