package io.specoffload.chat;

import io.specoffload.tokenizer.ToolCall;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Answers that are messages in channels, each {@code <|channel|>NAME ...<|message|>...} up to an end marker: analysis
 * is reasoning, a message with a recipient is a tool call, everything else is text.
 */
final class ChannelReader implements OutputReader {

    private static final String START = "<|start|>";
    private static final String CHANNEL = "<|channel|>";
    private static final String MESSAGE = "<|message|>";
    private static final List<String> ENDS = List.of("<|end|>", "<|return|>", "<|call|>");
    private static final List<String> OPENINGS = List.of(START, CHANNEL, "to=", MESSAGE);
    private static final Pattern RECIPIENT = Pattern.compile("to=(?:functions\\.)?([^\\s<]+)");
    private static final Pattern NAME = Pattern.compile("<\\|channel\\|>\\s*(\\w+)");

    private enum State {
        BETWEEN,
        HEADER,
        REASONING,
        TEXT,
        CALL
    }

    private final Set<String> tools;
    private final ToolCallReader reader;
    private final Markers markers;
    private State state = State.BETWEEN;
    private String recipient = "";
    private boolean textSeen;
    private boolean separate;

    ChannelReader(Set<String> tools, ToolCallReader reader, List<String> ends) {
        this.tools = tools;
        this.reader = reader;
        markers = new Markers(List.of(START, CHANNEL, ENDS.get(0), ENDS.get(1), ENDS.get(2)), ends);
    }

    @Override
    public boolean step(StringBuilder text, boolean end, Consumer<ChatEvent> events) {
        return switch (state) {
            case BETWEEN -> between(text, end);
            case HEADER -> header(text, end);
            case REASONING, TEXT, CALL -> body(text, end, events);
        };
    }

    /** A message's header follows; an answer without one is text. */
    private boolean between(StringBuilder text, boolean end) {
        String rest = text.toString().stripLeading();
        if (!end
                && (rest.isEmpty()
                        || OPENINGS.stream()
                                .anyMatch(each -> each.length() > rest.length() && each.startsWith(rest)))) {
            return false;
        }
        if (rest.isEmpty()) {
            text.setLength(0);
            return false;
        }
        boolean header = OPENINGS.stream().anyMatch(rest::startsWith);
        if (header) {
            state = State.HEADER;
        } else {
            separate = textSeen;
            state = State.TEXT;
        }
        return true;
    }

    private boolean header(StringBuilder text, boolean end) {
        int message = text.indexOf(MESSAGE);
        if (message < 0) {
            if (end) {
                // cut off before the message: nothing was said yet
                text.setLength(0);
            }
            return false;
        }
        String header = text.substring(0, message);
        text.delete(0, message + MESSAGE.length());
        Matcher to = RECIPIENT.matcher(header);
        Matcher name = NAME.matcher(header);
        String channel = name.find() ? name.group(1) : "final";
        if (to.find() && !tools.isEmpty()) {
            recipient = to.group(1);
            state = State.CALL;
        } else if (channel.equals("analysis")) {
            state = State.REASONING;
        } else {
            separate = textSeen;
            state = State.TEXT;
        }
        return true;
    }

    private boolean body(StringBuilder text, boolean end, Consumer<ChatEvent> events) {
        Markers.Match close = markers.first(text);
        if (state == State.CALL) {
            if (close == null && !end) {
                return false;
            }
            int length = close != null ? close.start() : markers.withoutEnd(text);
            call(text.substring(0, length), events);
            text.delete(0, length);
        } else {
            int length = close != null ? close.start() : end ? markers.withoutEnd(text) : markers.certain(text);
            write(text.substring(0, length), events);
            text.delete(0, length);
        }
        if (close == null) {
            if (end) {
                text.setLength(0);
            }
            return false;
        }
        if (ENDS.contains(close.marker())) {
            text.delete(0, close.marker().length());
        }
        state = State.BETWEEN;
        return true;
    }

    private void write(String piece, Consumer<ChatEvent> events) {
        if (piece.isEmpty()) {
            return;
        }
        if (state == State.REASONING) {
            events.accept(new ChatEvent.Reasoning(piece));
            return;
        }
        // a preamble and the answer are two messages
        events.accept(new ChatEvent.Text(separate ? "\n\n" + piece : piece));
        separate = false;
        textSeen = true;
    }

    private void call(String arguments, Consumer<ChatEvent> events) {
        ToolCall call = reader.named(recipient, arguments);
        if (call != null) {
            events.accept(new ChatEvent.Call(call));
        } else if (!arguments.isEmpty()) {
            events.accept(new ChatEvent.Text(arguments));
            textSeen = true;
        }
    }
}
