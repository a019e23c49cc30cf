package io.specoffload.chat;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.testing.Conformance;
import io.specoffload.tokenizer.ChatMessage;
import io.specoffload.tokenizer.ChatTemplate;
import io.specoffload.tokenizer.ToolDefinition;
import java.io.IOException;
import java.nio.file.Files;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OutputFormatTest {

    @ParameterizedTest
    @CsvSource({
        "GLM-4.6, TAGS",
        "HuggingFaceTB-SmolLM3-3B, TAGS",
        "Mistral-Small-3.2-24B-Instruct-2506, BRACKETS",
        "NousResearch-Hermes-2-Pro-Llama-3-8B-tool_use, TAGS",
        "Qwen-Qwen2.5-7B-Instruct, TAGS",
        "Qwen-Qwen3-0.6B, TAGS",
        "google-gemma-2-2b-it, TAGS",
        "ibm-granite-granite-3.3-2B-Instruct, BAR_TAGS",
        "meta-llama-Llama-3.1-8B-Instruct, BARE_JSON",
        "meta-llama-Llama-3.3-70B-Instruct, BARE_JSON",
        "microsoft-Phi-3.5-mini-instruct, TAGS",
        "mistralai-Mistral-Nemo-Instruct-2407, BRACKETS",
        "openai-gpt-oss-120b, CHANNELS",
    })
    void isThatOfTheTemplate(String name, OutputFormat format) throws IOException {
        String source = Files.readString(Conformance.folder("chat-templates").resolve(name + ".jinja"));
        assertThat(OutputFormat.of(ChatTemplate.of(source, "<s>", "</s>", Clock.systemUTC())))
                .isEqualTo(format);
    }

    @Test
    void aPromptThatOpensTheReasoningIsContinued() {
        ChatTemplate template = ChatTemplate.of("{{ messages[0].content }}<think>\n", "", "", Clock.systemUTC());
        String prompt = template.render(List.of(ChatMessage.user("Hi")), List.of(), true, Map.of());
        ChatOutputParser parser = ChatOutputParser.of(template, prompt, List.of());
        assertThat(parser.feed("so</think>Hi"))
                .containsExactly(new ChatEvent.Reasoning("so"), new ChatEvent.Text("Hi"));
    }

    @Test
    void idsAreUniqueAndOfNineLettersAndDigits() {
        ChatTemplate template = ChatTemplate.of("{{ tools }} <tool_call>", "", "", Clock.systemUTC());
        List<ToolDefinition> tools = List.of(new ToolDefinition("add", "Adds.", "{}"));
        List<String> ids =
                ChatOutputParser.of(template, "", tools)
                        .feed("<tool_call>{\"name\":\"add\"}</tool_call>".repeat(100))
                        .stream()
                        .map(event -> ((ChatEvent.Call) event).call().id())
                        .toList();
        assertThat(ids).hasSize(100).doesNotHaveDuplicates().allMatch(id -> id.matches("[A-Za-z0-9]{9}"));
    }
}
