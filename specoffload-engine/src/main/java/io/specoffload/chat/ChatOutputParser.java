package io.specoffload.chat;

import io.specoffload.tokenizer.ChatTemplate;
import io.specoffload.tokenizer.ToolDefinition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * Takes an answer apart while it streams: text, reasoning, tool calls. Fed with decoded text in which special tokens
 * are shown, cut anywhere; no part of a marker ever comes out as text, and the cuts make no difference. What looks like
 * a call but is malformed comes out as text. Not thread-safe.
 */
public final class ChatOutputParser {

    /** What models write at the end of their turn; only at the very end of an answer is it taken away. */
    private static final List<String> TURN_ENDS = List.of(
            "<|im_end|>",
            "<|eot_id|>",
            "<|eom_id|>",
            "<|end_of_text|>",
            "<|endoftext|>",
            "<end_of_turn>",
            "<|end|>",
            "<|return|>",
            "<|call|>",
            "<｜end▁of▁sentence｜>",
            "<eos>",
            "</s>");

    private static final String ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    private static final int ID_LENGTH = 9;

    private final StringBuilder pending = new StringBuilder();
    private final OutputReader reader;

    private ChatOutputParser(OutputReader reader) {
        this.reader = reader;
    }

    /**
     * A parser for one answer.
     *
     * @param template the template that the prompt came from: it shows the model's format
     * @param prompt the rendered prompt: it may have opened the reasoning
     * @param tools what the model may call; if there are none, calls are text
     */
    public static ChatOutputParser of(ChatTemplate template, String prompt, List<ToolDefinition> tools) {
        Set<String> names = tools.stream().map(ToolDefinition::name).collect(Collectors.toCollection(HashSet::new));
        boolean reasoning = prompt.stripTrailing().endsWith("<think>");
        return of(OutputFormat.of(template), names, reasoning, ChatOutputParser::randomId);
    }

    /**
     * @param tools names of the tools; if there are none, calls are text
     * @param reasoning whether the answer continues a reasoning
     * @param ids gives each call its id
     */
    static ChatOutputParser of(OutputFormat format, Set<String> tools, boolean reasoning, Supplier<String> ids) {
        ToolCallReader calls = new ToolCallReader(ids);
        return new ChatOutputParser(
                format == OutputFormat.CHANNELS
                        ? new ChannelReader(tools, calls, TURN_ENDS)
                        : new SectionReader(format, tools, calls, TURN_ENDS, reasoning));
    }

    /** Nine letters and digits: the one form that every template takes. */
    private static String randomId() {
        StringBuilder id = new StringBuilder(ID_LENGTH);
        for (int i = 0; i < ID_LENGTH; i++) {
            id.append(ID_CHARACTERS.charAt(ThreadLocalRandom.current().nextInt(ID_CHARACTERS.length())));
        }
        return id.toString();
    }

    /** Takes a piece of the answer, and gives what has become certain. */
    public List<ChatEvent> feed(String piece) {
        pending.append(piece);
        return read(false);
    }

    /** The answer is complete: gives what is left. */
    public List<ChatEvent> finish() {
        return read(true);
    }

    private List<ChatEvent> read(boolean end) {
        List<ChatEvent> events = new ArrayList<>();
        while (reader.step(pending, end, events::add)) {
            // until nothing more is certain
        }
        return events;
    }
}
