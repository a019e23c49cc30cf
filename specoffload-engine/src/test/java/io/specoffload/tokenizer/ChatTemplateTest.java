package io.specoffload.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.format.Metadata;
import io.specoffload.template.TemplateException;
import io.specoffload.template.TemplateRefusalException;
import io.specoffload.testing.Conformance;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChatTemplateTest {

    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-11-21T10:00:00Z"), ZoneOffset.UTC);
    private static final ToolDefinition WEATHER = new ToolDefinition(
            "get_weather",
            "Current weather",
            "{\"type\":\"object\",\"properties\":{\"city\":{\"type\":\"string\",\"description\":\"City\"}}}");

    private static String published(String name) {
        try {
            return Files.readString(Conformance.folder("chat-templates").resolve(name));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static ChatTemplate template(String source) {
        return ChatTemplate.of(source, "<s>", "</s>", CLOCK);
    }

    private static String render(ChatTemplate template, ChatMessage... messages) {
        return template.render(List.of(messages), List.of(), true, Map.of());
    }

    static List<Path> publishedTemplates() throws IOException {
        try (Stream<Path> files = Files.list(Conformance.folder("chat-templates"))) {
            return files.filter(file -> file.toString().endsWith(".jinja"))
                    .sorted()
                    .toList();
        }
    }

    /** Whatever a template can do itself, nothing of a conversation is lost and nobody gets stuck. */
    @ParameterizedTest
    @MethodSource("publishedTemplates")
    void everyPublishedTemplateTakesSystemMessagesToolsAndParallelCalls(Path file) throws IOException {
        ChatTemplate template = template(Files.readString(file));
        List<ChatMessage> messages = List.of(
                ChatMessage.system("Be terse."),
                ChatMessage.user("Weather in Oslo and Rome?"),
                ChatMessage.assistant(
                        "",
                        List.of(
                                new ToolCall("call-from-elsewhere-1", "get_weather", "{\"city\":\"Oslo\"}"),
                                new ToolCall("call-from-elsewhere-2", "get_weather", "{\"city\":\"Rome\"}"))),
                ChatMessage.tool("call-from-elsewhere-1", "get_weather", "minus 3"),
                ChatMessage.tool("call-from-elsewhere-2", "get_weather", "plus 15"),
                ChatMessage.assistant("Cold, warm.", List.of()),
                ChatMessage.user("And Bergen?"));
        String prompt = template.render(messages, List.of(WEATHER), true, Map.of());
        assertThat(prompt)
                .contains("Be terse.", "Weather in Oslo and Rome?", "Cold, warm.", "And Bergen?")
                .contains("Oslo", "Rome", "minus 3", "plus 15", "get_weather", "Current weather");
    }

    @Test
    void usesWhatTheTemplateCanDoItself() {
        ChatTemplate qwen = template(published("Qwen-Qwen2.5-7B-Instruct.jinja"));
        assertThat(qwen.supportsSystem()).isTrue();
        assertThat(qwen.supportsTools()).isTrue();
        assertThat(qwen.render(List.of(ChatMessage.user("Hi")), List.of(WEATHER), true, Map.of()))
                .contains("{\"type\": \"function\", \"function\": {\"name\": \"get_weather\", \"description\":"
                        + " \"Current weather\", \"parameters\": {\"type\": \"object\", \"properties\":");
        ChatTemplate gemma = template(published("google-gemma-2-2b-it.jinja"));
        assertThat(gemma.supportsSystem()).isFalse();
        assertThat(gemma.supportsTools()).isFalse();
    }

    @Test
    void aRefusedSystemMessageGoesIntoTheFirstUserMessage() {
        ChatTemplate gemma = template(published("google-gemma-2-2b-it.jinja"));
        assertThat(render(gemma, ChatMessage.system("Be terse."), ChatMessage.user("Hi")))
                .isEqualTo("<s><start_of_turn>user\nBe terse.\n\nHi<end_of_turn>\n<start_of_turn>model\n");
    }

    @Test
    void neighboursOfOneRoleAreMergedWhereTheTemplateWantsTurns() {
        ChatTemplate gemma = template(published("google-gemma-2-2b-it.jinja"));
        assertThat(render(gemma, ChatMessage.user("One"), ChatMessage.user("Two")))
                .isEqualTo("<s><start_of_turn>user\nOne\n\nTwo<end_of_turn>\n<start_of_turn>model\n");
    }

    @Test
    void aRefusalThatNothingHelpsKeepsItsMessage() {
        ChatTemplate template = template("{{ raise_exception('Not today') }}");
        assertThatThrownBy(() -> render(template, ChatMessage.user("Hi")))
                .isInstanceOf(TemplateRefusalException.class)
                .hasMessage("Not today");
    }

    @Test
    void aTemplateThatIsNoneFailsWhenItIsUsed() {
        ChatTemplate template = template("{% if %}");
        assertThatThrownBy(() -> render(template, ChatMessage.user("Hi")))
                .isInstanceOf(TemplateException.class)
                .hasMessageContaining("chat template cannot be used")
                .hasMessageContaining("line 1");
    }

    @Test
    void passesFurtherVariables() {
        ChatTemplate template = template("{{ messages[0].content }}{% if enable_thinking is false %} /no{% endif %}");
        assertThat(template.render(List.of(ChatMessage.user("Hi")), List.of(), true, Map.of("enable_thinking", false)))
                .isEqualTo("Hi /no");
    }

    @Test
    void argumentsAreTextWhereTheTemplateWantsText() {
        ChatTemplate template = template(published("deepseek-ai-DeepSeek-R1-Distill-Llama-8B.jinja"));
        String prompt = render(
                template,
                ChatMessage.user("Oslo?"),
                ChatMessage.assistant("", List.of(new ToolCall("1", "get_weather", "{\"city\":\"Oslo\"}"))),
                ChatMessage.tool("1", "get_weather", "cold"));
        assertThat(prompt).contains("get_weather\n```json\n{\"city\":\"Oslo\"}\n```");
    }

    @Test
    void aSchemaThatIsNoneIsRefusedByTheToolsName() {
        ChatTemplate template = template(published("Qwen-Qwen3-0.6B.jinja"));
        assertThatThrownBy(() -> template.render(
                        List.of(ChatMessage.user("Hi")), List.of(new ToolDefinition("t", "d", "[")), true, Map.of()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("tool t");
    }

    @Test
    void takesTheTemplateAndTheTokensFromTheFile() {
        Metadata metadata = SmallVocabulary.sentencePiece()
                .set("tokenizer.ggml.bos_token_id", 1L)
                .set("tokenizer.ggml.eos_token_id", 2L)
                .set("tokenizer.chat_template", "{{ bos_token }}{{ messages[0].content }}{{ eos_token }}")
                .set("tokenizer.chat_template.tool_use", "tools: {{ tools[0].function.name }}")
                .metadata();
        ChatTemplate template =
                ChatTemplate.from(metadata, Tokenizers.from(metadata).vocabulary());
        assertThat(template.fallback()).isFalse();
        assertThat(render(template, ChatMessage.user("Hi"))).isEqualTo("<s>Hi</s>");
        assertThat(template.render(List.of(ChatMessage.user("Hi")), List.of(WEATHER), true, Map.of()))
                .isEqualTo("tools: get_weather");
    }

    @Test
    void withoutATemplateTheSpecialTokensChooseOne() {
        Map<String, String> prompts = new LinkedHashMap<>();
        for (String token : List.of("<|im_start|>", "<|start_header_id|>", "<start_of_turn>", "<other>")) {
            Metadata metadata =
                    SmallVocabulary.bpe().token(token, Vocabulary.Kind.CONTROL).metadata();
            ChatTemplate template =
                    ChatTemplate.from(metadata, Tokenizers.from(metadata).vocabulary());
            assertThat(template.fallback()).isTrue();
            prompts.put(token, render(template, ChatMessage.system("S"), ChatMessage.user("U")));
        }
        assertThat(prompts)
                .containsEntry(
                        "<|im_start|>",
                        "<|im_start|>system\nS<|im_end|>\n<|im_start|>user\nU<|im_end|>\n<|im_start|>assistant\n")
                .containsEntry(
                        "<|start_header_id|>",
                        "<|start_header_id|>system<|end_header_id|>\n\nS<|eot_id|><|start_header_id|>user<|end_header_id|>\n\nU<|eot_id|>"
                                + "<|start_header_id|>assistant<|end_header_id|>\n\n")
                .containsEntry("<start_of_turn>", "<start_of_turn>user\nS\n\nU<end_of_turn>\n<start_of_turn>model\n")
                .containsEntry("<other>", "system: S\nuser: U\nassistant:");
        Metadata plain = SmallVocabulary.sentencePiece()
                .set("tokenizer.ggml.bos_token_id", 1L)
                .set("tokenizer.ggml.eos_token_id", 2L)
                .metadata();
        ChatTemplate instructions =
                ChatTemplate.from(plain, Tokenizers.from(plain).vocabulary());
        assertThat(render(
                        instructions,
                        ChatMessage.system("S"),
                        ChatMessage.user("U"),
                        ChatMessage.assistant("A", List.of()),
                        ChatMessage.user("V")))
                .isEqualTo("<s>[INST] <<SYS>>\nS\n<</SYS>>\n\nU [/INST] A </s><s>[INST] V [/INST]");
    }
}
