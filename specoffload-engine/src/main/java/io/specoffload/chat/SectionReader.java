package io.specoffload.chat;

import io.specoffload.chat.OutputFormat.Section;
import io.specoffload.tokenizer.ToolCall;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Answers that are text, with reasoning in front and tool calls between markers, or that are a call in JSON. */
final class SectionReader implements OutputReader {

    private static final String THINK = "<think>";
    private static final String THINK_END = "</think>";
    private static final Pattern FIRST_KEY = Pattern.compile("\\{\\s*\"((?:[^\"\\\\]|\\\\.)*)\"");
    private static final Pattern PARTIAL_KEY = Pattern.compile("\\{\\s*(?:\"(?:[^\"\\\\]|\\\\.)*+\\\\?)?");
    private static final Set<String> CALL_KEYS = Set.of("name", "parameters", "arguments", "type", "function", "id");

    private enum State {
        START,
        REASONING,
        AFTER_REASONING,
        TEXT,
        SECTION,
        AFTER_CALL,
        JSON
    }

    private final OutputFormat format;
    private final Set<String> tools;
    private final ToolCallReader reader;
    private final List<Section> sections;
    private final Markers textMarkers;
    private final Markers reasoningMarkers;
    private State state;
    private boolean reasoned;
    private @Nullable Section section;
    private String spaceBefore = "";

    /**
     * @param tools names of the tools; without any, calls are text
     * @param ends the markers that close an answer
     * @param reasoning whether the prompt has opened the reasoning already
     */
    SectionReader(OutputFormat format, Set<String> tools, ToolCallReader reader, List<String> ends, boolean reasoning) {
        this.format = format;
        this.tools = tools;
        this.reader = reader;
        sections = tools.isEmpty() ? List.of() : format.sections();
        textMarkers = new Markers(sections.stream().map(Section::open).toList(), ends);
        reasoningMarkers = new Markers(List.of(THINK_END), ends);
        state = reasoning ? State.REASONING : State.START;
    }

    @Override
    public boolean step(StringBuilder text, boolean end, Consumer<ChatEvent> events) {
        return switch (state) {
            case START, AFTER_REASONING -> start(text, end);
            case REASONING -> reasoning(text, end, events);
            case TEXT -> text(text, end, events);
            case SECTION -> section(text, end, events);
            case AFTER_CALL -> afterCall(text, end);
            case JSON -> json(text, end, events);
        };
    }

    private static int blank(CharSequence text) {
        int i = 0;
        while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
            i++;
        }
        return i;
    }

    /** Decides by the first characters that are not blank. */
    private boolean start(StringBuilder text, boolean end) {
        int blank = blank(text);
        boolean first = state == State.START;
        String rest = text.substring(blank);
        boolean undecided = rest.isEmpty() || (first && rest.length() < THINK.length() && THINK.startsWith(rest));
        if (undecided && !end) {
            return false;
        }
        if (first && rest.startsWith(THINK)) {
            text.delete(0, blank + THINK.length());
            state = State.REASONING;
        } else if (rest.startsWith("{") && format == OutputFormat.BARE_JSON && !tools.isEmpty()) {
            if (!first) {
                text.delete(0, blank);
            }
            state = State.JSON;
        } else {
            if (!first) {
                text.delete(0, blank);
            }
            state = State.TEXT;
        }
        return true;
    }

    private boolean reasoning(StringBuilder text, boolean end, Consumer<ChatEvent> events) {
        if (!reasoned) {
            text.delete(0, blank(text));
        }
        Markers.Match close = reasoningMarkers.first(text);
        int length;
        if (close != null) {
            length = Markers.stripped(text, close.start());
        } else if (end) {
            length = Markers.stripped(text, reasoningMarkers.withoutEnd(text));
        } else {
            length = reasoningMarkers.certain(text);
        }
        if (length > 0) {
            reasoned = true;
            events.accept(new ChatEvent.Reasoning(text.substring(0, length)));
        }
        if (close != null) {
            text.delete(0, close.start() + THINK_END.length());
            state = State.AFTER_REASONING;
            return true;
        }
        text.delete(0, end ? text.length() : length);
        return false;
    }

    private boolean text(StringBuilder text, boolean end, Consumer<ChatEvent> events) {
        Markers.Match open = textMarkers.first(text);
        int length;
        if (open != null) {
            length = Markers.stripped(text, open.start());
        } else {
            length = end ? textMarkers.withoutEnd(text) : textMarkers.certain(text);
        }
        if (length > 0) {
            events.accept(new ChatEvent.Text(text.substring(0, length)));
        }
        if (open == null) {
            text.delete(0, end ? text.length() : length);
            return false;
        }
        spaceBefore = text.substring(length, open.start());
        text.delete(0, open.start() + open.marker().length());
        for (Section each : sections) {
            if (each.open().equals(open.marker())) {
                section = each;
            }
        }
        state = State.SECTION;
        return true;
    }

    private boolean section(StringBuilder text, boolean end, Consumer<ChatEvent> events) {
        Section current = section;
        if (current == null) {
            throw new IllegalStateException("no section is open");
        }
        String terminator = current.close() == null ? current.open() : current.close();
        int at = text.indexOf(terminator);
        if (at < 0 && !end) {
            return false;
        }
        int length = at >= 0 ? at : textMarkers.withoutEnd(text);
        String body = text.substring(0, length);
        boolean closed = at >= 0 && current.close() != null;
        text.delete(0, at < 0 ? text.length() : closed ? at + terminator.length() : at);
        ToolCallReader.Found found = reader.read(format, body);
        if (found == null) {
            events.accept(new ChatEvent.Text(spaceBefore + current.open() + body + (closed ? terminator : "")));
            state = State.TEXT;
        } else {
            found.calls().forEach(call -> events.accept(new ChatEvent.Call(call)));
            text.insert(0, found.rest());
            state = State.AFTER_CALL;
        }
        return true;
    }

    /** Whitespace and separators between calls are no text. */
    private boolean afterCall(StringBuilder text, boolean end) {
        int skip = 0;
        while (skip < text.length()
                && (Character.isWhitespace(text.charAt(skip))
                        || (format == OutputFormat.BARE_JSON && text.charAt(skip) == ';'))) {
            skip++;
        }
        text.delete(0, skip);
        if (text.isEmpty() && !end) {
            return false;
        }
        state = format == OutputFormat.BARE_JSON && text.indexOf("{") == 0 ? State.JSON : State.TEXT;
        return true;
    }

    /** The answer starts as a JSON object: a call if it names a tool, else text. */
    private boolean json(StringBuilder text, boolean end, Consumer<ChatEvent> events) {
        int start = blank(text);
        int close = JsonExtent.end(text, start);
        if (close < 0 && !end && mayBeCall(text.substring(start))) {
            return false;
        }
        // judged by the first key also when more is known: the cuts must make no difference
        if (close < 0 || !mayBeCall(text.substring(start))) {
            state = State.TEXT;
            return true;
        }
        List<ToolCall> calls = reader.fromJson(text.substring(start, close));
        if (calls != null && calls.stream().allMatch(call -> tools.contains(call.name()))) {
            calls.forEach(call -> events.accept(new ChatEvent.Call(call)));
            text.delete(0, close);
            state = State.AFTER_CALL;
        } else {
            state = State.TEXT;
        }
        return true;
    }

    private static boolean mayBeCall(String beginning) {
        Matcher key = FIRST_KEY.matcher(beginning);
        return key.lookingAt()
                ? CALL_KEYS.contains(key.group(1))
                : PARTIAL_KEY.matcher(beginning).matches();
    }
}
