package io.specoffload.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.tokenizer.ToolCall;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ChatOutputParserTest {

    private static final Set<String> TOOLS = Set.of("get_weather", "add");

    private static ChatEvent text(String text) {
        return new ChatEvent.Text(text);
    }

    private static ChatEvent thought(String text) {
        return new ChatEvent.Reasoning(text);
    }

    private static ChatEvent call(int id, String name, String arguments) {
        return new ChatEvent.Call(new ToolCall("id" + id, name, arguments));
    }

    /** One answer of a model, and what is in it. */
    record Answer(OutputFormat format, boolean tools, boolean reasoning, String text, List<ChatEvent> events) {
        @Override
        public String toString() {
            return format + (tools ? " " : " without tools ") + text.replace("\n", "\\n");
        }
    }

    private static Answer answer(OutputFormat format, String text, ChatEvent... events) {
        return new Answer(format, true, false, text, List.of(events));
    }

    static List<Answer> answers() {
        String weather = "{\"city\":\"Oslo\"}";
        String spaced = "{\"name\": \"get_weather\", \"arguments\": {\"city\": \"Oslo\"}}";
        return List.of(
                // text
                answer(OutputFormat.TAGS, "Hello!", text("Hello!")),
                answer(
                        OutputFormat.TAGS,
                        "  a < b, a <tool b </tool_call> \n",
                        text("  a < b, a <tool b </tool_call> \n")),
                answer(OutputFormat.TAGS, "Done.\n<|im_end|>\n", text("Done.\n")),
                answer(OutputFormat.TAGS, "the token <|im_end|> ends a turn", text("the token <|im_end|> ends a turn")),
                answer(OutputFormat.TAGS, "<s>struck</s> out</s>", text("<s>struck</s> out")),
                answer(OutputFormat.TAGS, "", new ChatEvent[0]),
                // reasoning
                answer(
                        OutputFormat.TAGS,
                        "<think>\nHm, 2 < 3.\n\nSo.\n</think>\n\nThree.<|im_end|>",
                        thought("Hm, 2 < 3.\n\nSo."),
                        text("Three.")),
                answer(OutputFormat.TAGS, "\n<think>\n\n</think>\n\nHi", text("Hi")),
                answer(OutputFormat.TAGS, "Write <think> first", text("Write <think> first")),
                answer(OutputFormat.TAGS, "<think>never ends", thought("never ends")),
                answer(OutputFormat.TAGS, "<thinking>x", text("<thinking>x")),
                new Answer(
                        OutputFormat.TAGS,
                        true,
                        true,
                        "I add.\n</think>\n\n<tool_call>\n" + spaced + "\n</tool_call>",
                        List.of(thought("I add."), call(1, "get_weather", weather))),
                // tags
                answer(
                        OutputFormat.TAGS,
                        "Let me see.\n<tool_call>\n" + spaced + "\n</tool_call><|im_end|>",
                        text("Let me see."),
                        call(1, "get_weather", weather)),
                answer(
                        OutputFormat.TAGS,
                        "<tool_call>\n" + spaced + "\n</tool_call>\n<tool_call>\n"
                                + "{\"name\": \"add\", \"arguments\": \"{\\\"a\\\": 1.50, \\\"b\\\": [\\\"</tool_call\\\"]}\"}"
                                + "\n</tool_call>\nDone",
                        call(1, "get_weather", weather),
                        call(2, "add", "{\"a\":1.50,\"b\":[\"</tool_call\"]}"),
                        text("Done")),
                answer(
                        OutputFormat.TAGS,
                        "<tool_call>get_weather\n<arg_key>city</arg_key>\n<arg_value>Oslo</arg_value>\n"
                                + "<arg_key>days</arg_key>\n<arg_value>3</arg_value>\n</tool_call>",
                        call(1, "get_weather", "{\"city\":\"Oslo\",\"days\":3}")),
                answer(
                        OutputFormat.TAGS,
                        "<tool_call>\n<function=get_weather>\n<parameter=city>\nOslo\n</parameter>\n</function>\n</tool_call>",
                        call(1, "get_weather", weather)),
                answer(OutputFormat.TAGS, "<tool_call>" + spaced, call(1, "get_weather", weather)),
                answer(OutputFormat.TAGS, "<tool_call>{\"name\": \"add\"}</tool_call>", call(1, "add", "{}")),
                answer(
                        OutputFormat.TAGS,
                        "A <tool_call>{\"name\": </tool_call> B",
                        text("A <tool_call>{\"name\": </tool_call> B")),
                answer(
                        OutputFormat.TAGS,
                        "<tool_call>{\"name\": \"add\", \"arguments\": 5}</tool_call>",
                        text("<tool_call>{\"name\": \"add\", \"arguments\": 5}</tool_call>")),
                new Answer(
                        OutputFormat.TAGS,
                        false,
                        false,
                        "<tool_call>" + spaced + "</tool_call>",
                        List.of(text("<tool_call>" + spaced + "</tool_call>"))),
                // bare JSON
                answer(
                        OutputFormat.BARE_JSON,
                        "\n{\"name\": \"get_weather\", \"parameters\": {\"city\": \"Oslo\"}}<|eot_id|>",
                        call(1, "get_weather", weather)),
                answer(
                        OutputFormat.BARE_JSON,
                        "{\"name\": \"add\", \"parameters\": {}}; {\"name\": \"get_weather\", \"parameters\": {\"city\": \"Oslo\"}}",
                        call(1, "add", "{}"),
                        call(2, "get_weather", weather)),
                answer(
                        OutputFormat.BARE_JSON,
                        "<|python_tag|>" + spaced + "<|eom_id|>",
                        call(1, "get_weather", weather)),
                answer(
                        OutputFormat.BARE_JSON,
                        "<|python_tag|>get_weather.call(city=\"Oslo, \\\"N\\\"\", unit=\"c\")",
                        call(1, "get_weather", "{\"city\":\"Oslo, \\\"N\\\"\",\"unit\":\"c\"}")),
                answer(OutputFormat.BARE_JSON, "<|python_tag|>print(1)", text("<|python_tag|>print(1)")),
                answer(
                        OutputFormat.BARE_JSON,
                        "{\"total\": 3, \"name\": \"add\"} and more",
                        text("{\"total\": 3, \"name\": \"add\"} and more")),
                answer(
                        OutputFormat.BARE_JSON,
                        "{\"name\": \"Ada\", \"parameters\": {}}\n",
                        text("{\"name\": \"Ada\", \"parameters\": {}}\n")),
                answer(OutputFormat.BARE_JSON, "{\"name\": \"add\", ", text("{\"name\": \"add\", ")),
                answer(OutputFormat.BARE_JSON, "{x", text("{x")),
                answer(
                        OutputFormat.BARE_JSON,
                        "So: {\"name\": \"add\", \"parameters\": {}}",
                        text("So: {\"name\": \"add\", \"parameters\": {}}")),
                new Answer(OutputFormat.BARE_JSON, false, false, spaced, List.of(text(spaced))),
                // brackets
                answer(
                        OutputFormat.BRACKETS,
                        "[TOOL_CALLS][" + spaced
                                + ", {\"name\": \"add\", \"arguments\": {}, \"id\": \"abcdefghi\"}]</s>",
                        call(1, "get_weather", weather),
                        call(2, "add", "{}")),
                answer(
                        OutputFormat.BRACKETS,
                        "Sure. [TOOL_CALLS]get_weather[ARGS]{\"city\": \"Oslo\"}[TOOL_CALLS]add[CALL_ID]a1B2c3D4e[ARGS]{}</s>",
                        text("Sure."),
                        call(1, "get_weather", weather),
                        call(2, "add", "{}")),
                answer(OutputFormat.BRACKETS, "[TOOL_CALLS][{]", text("[TOOL_CALLS][{]")),
                answer(OutputFormat.BRACKETS, "[TOOL] [1]", text("[TOOL] [1]")),
                // the others
                answer(
                        OutputFormat.BAR_TAGS,
                        "<|tool_call|>[" + spaced + "]<|end_of_text|>",
                        call(1, "get_weather", weather)),
                answer(
                        OutputFormat.FENCES,
                        "<think>ok</think><｜tool▁calls▁begin｜><｜tool▁call▁begin｜>function<｜tool▁sep｜>get_weather\n```json\n"
                                + "{\"city\": \"Oslo\"}\n```<｜tool▁call▁end｜>\n<｜tool▁call▁begin｜>add<｜tool▁sep｜>{}"
                                + "<｜tool▁call▁end｜><｜tool▁calls▁end｜><｜end▁of▁sentence｜>",
                        thought("ok"),
                        call(1, "get_weather", weather),
                        call(2, "add", "{}")),
                // channels
                answer(
                        OutputFormat.CHANNELS,
                        "<|channel|>analysis<|message|>Simple: 4.<|end|><|start|>assistant<|channel|>final<|message|>It is 4.<|return|>",
                        thought("Simple: 4."),
                        text("It is 4.")),
                answer(
                        OutputFormat.CHANNELS,
                        "<|channel|>analysis<|message|>Call.<|end|><|start|>assistant<|channel|>commentary to=functions.get_weather"
                                + " <|constrain|>json<|message|>{\"city\": \"Oslo\"}<|call|>",
                        thought("Call."),
                        call(1, "get_weather", weather)),
                answer(
                        OutputFormat.CHANNELS,
                        " to=functions.get_weather<|channel|>commentary json<|message|>{\"city\":\"Oslo\"}",
                        call(1, "get_weather", weather)),
                answer(
                        OutputFormat.CHANNELS,
                        "<|channel|>commentary<|message|>I look it up.<|end|><|start|>assistant<|channel|>final<|message|>Cold.",
                        text("I look it up.\n\nCold.")),
                answer(
                        OutputFormat.CHANNELS,
                        "<|channel|>commentary to=functions.add<|message|>{oops<|call|>",
                        text("{oops")),
                answer(OutputFormat.CHANNELS, "<|channel|>analysis<|mess", new ChatEvent[0]),
                answer(OutputFormat.CHANNELS, "No channels here", text("No channels here")));
    }

    static List<Arguments> samples() {
        return answers().stream().map(Arguments::of).toList();
    }

    @ParameterizedTest
    @MethodSource("samples")
    void findsTextReasoningAndCallsWhateverTheCuts(Answer answer) {
        String text = answer.text();
        assertThat(parse(answer, List.of(text))).isEqualTo(answer.events());
        List<String> characters =
                text.codePoints().mapToObj(Character::toString).toList();
        assertThat(parse(answer, characters)).as("one by one").isEqualTo(answer.events());
        for (int cut = 1; cut < text.length(); cut++) {
            assertThat(parse(answer, List.of(text.substring(0, cut), text.substring(cut))))
                    .as("cut at %s", cut)
                    .isEqualTo(answer.events());
        }
        Random random = new Random(7);
        for (int round = 0; round < 50; round++) {
            List<String> pieces = pieces(text, random);
            assertThat(parse(answer, pieces)).as("%s", pieces).isEqualTo(answer.events());
        }
    }

    /** Also for texts made of fragments of markers, where nothing is known but that the cuts make no difference. */
    @Test
    void cutsMakeNoDifferenceForJumbledMarkers() {
        String[] parts = {
            "<think>",
            "</think>",
            "<tool_call>",
            "</tool_call>",
            "[TOOL_CALLS]",
            "<|python_tag|>",
            "<|channel|>",
            "final",
            "analysis",
            "<|message|>",
            "<|end|>",
            "<|start|>",
            "assistant",
            " to=functions.add",
            "<|im_end|>",
            "</s>",
            "{\"name\": \"add\", \"parameters\": {}}",
            "{\"name\": ",
            "[",
            "]",
            "}",
            "<",
            "|",
            "\n",
            " ",
            "word",
            "<|",
            "<tool",
            "[ARGS]",
            "add",
            "<｜tool▁calls▁begin｜>",
            "<|tool_call|>",
            ";"
        };
        Random random = new Random(11);
        for (int round = 0; round < 4000; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(8); i >= 0; i--) {
                text.append(parts[random.nextInt(parts.length)]);
            }
            OutputFormat format = OutputFormat.values()[random.nextInt(OutputFormat.values().length)];
            Answer answer = new Answer(format, random.nextInt(5) > 0, random.nextBoolean(), text.toString(), List.of());
            List<ChatEvent> whole = parse(answer, List.of(answer.text()));
            List<String> pieces = pieces(answer.text(), random);
            assertThat(parse(answer, pieces)).as("%s %s", answer, pieces).isEqualTo(whole);
        }
    }

    @Test
    void textComesOutAsSoonAsItIsCertain() {
        ChatOutputParser parser = ChatOutputParser.of(OutputFormat.TAGS, TOOLS, false, () -> "id");
        assertThat(parser.feed("Hello")).containsExactly(text("Hello"));
        assertThat(parser.feed(" wor")).containsExactly(text(" wor"));
        assertThat(parser.feed("ld <to")).containsExactly(text("ld"));
        assertThat(parser.feed("tal>")).containsExactly(text(" <total>"));
        assertThat(parser.finish()).isEmpty();
    }

    @Test
    void jsonThatIsNoCallStreams() {
        ChatOutputParser parser = ChatOutputParser.of(OutputFormat.BARE_JSON, TOOLS, false, () -> "id");
        assertThat(parser.feed("{\"to")).isEmpty();
        assertThat(parser.feed("tal\": 1")).containsExactly(text("{\"total\": 1"));
    }

    private static List<String> pieces(String text, Random random) {
        List<String> pieces = new ArrayList<>();
        int start = 0;
        while (start < text.length()) {
            int end = Math.min(text.length(), start + 1 + random.nextInt(12));
            pieces.add(text.substring(start, end));
            start = end;
        }
        return pieces;
    }

    /** All events, adjacent pieces of one kind joined. */
    private static List<ChatEvent> parse(Answer answer, List<String> pieces) {
        int[] ids = new int[1];
        ChatOutputParser parser = ChatOutputParser.of(
                answer.format(), answer.tools() ? TOOLS : Set.of(), answer.reasoning(), () -> "id" + ++ids[0]);
        List<ChatEvent> events = new ArrayList<>();
        pieces.forEach(piece -> parser.feed(piece).forEach(event -> append(events, event)));
        parser.finish().forEach(event -> append(events, event));
        return events;
    }

    private static void append(List<ChatEvent> events, ChatEvent event) {
        ChatEvent last = events.isEmpty() ? null : events.getLast();
        if (last instanceof ChatEvent.Text(String before) && event instanceof ChatEvent.Text(String after)) {
            events.set(events.size() - 1, new ChatEvent.Text(before + after));
        } else if (last instanceof ChatEvent.Reasoning(String before)
                && event instanceof ChatEvent.Reasoning(String after)) {
            events.set(events.size() - 1, new ChatEvent.Reasoning(before + after));
        } else {
            events.add(event);
        }
    }
}
