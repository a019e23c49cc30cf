package io.specoffload.chat;

import io.specoffload.tokenizer.ChatTemplate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** How models write tool calls into their answers. */
public enum OutputFormat {

    /** {@code <tool_call>...</tool_call>}: JSON with name and arguments, or nested tags. */
    TAGS("<tool_call>", "</tool_call>"),

    /** The answer is a JSON object with name and parameters, or follows {@code <|python_tag|>}. */
    BARE_JSON("<|python_tag|>", null),

    /** {@code [TOOL_CALLS]} before a JSON array, or before {@code name[ARGS]{...}}. */
    BRACKETS("[TOOL_CALLS]", null),

    /** {@code <|tool_call|>} before a JSON array. */
    BAR_TAGS("<|tool_call|>", null),

    /** A list of calls between full-width bars, arguments fenced as JSON code or bare. */
    FENCES("<｜tool▁calls▁begin｜>", "<｜tool▁calls▁end｜>"),

    /** Messages in channels: analysis, commentary (where calls go) and final. */
    CHANNELS(null, null);

    /**
     * A part of the answer between markers.
     *
     * @param close null if the part goes on to the end of the answer or the next opening
     */
    record Section(String open, @Nullable String close) {}

    private final @Nullable String open;
    private final @Nullable String close;

    OutputFormat(@Nullable String open, @Nullable String close) {
        this.open = open;
        this.close = close;
    }

    List<Section> sections() {
        return open == null ? List.of() : List.of(new Section(open, close));
    }

    /** The format that a model's template shows: it writes earlier calls as the model is to write new ones. */
    public static OutputFormat of(ChatTemplate template) {
        String source = template.toolSource();
        if (source.contains("<|channel|>")) {
            return CHANNELS;
        }
        if (!template.supportsTools()) {
            // then the tools, and this way to call them, are described in words
            return TAGS;
        }
        if (source.contains("[TOOL_CALLS]")) {
            return BRACKETS;
        }
        if (source.contains("<｜tool▁calls▁begin｜>")) {
            return FENCES;
        }
        if (source.contains("<tool_call>")) {
            return TAGS;
        }
        if (source.contains("<|tool_call|>")) {
            return BAR_TAGS;
        }
        return source.contains("<|start_header_id|>") || source.contains("<|python_tag|>") ? BARE_JSON : TAGS;
    }
}
