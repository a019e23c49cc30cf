package io.specoffload.tokenizer;

import io.specoffload.format.Metadata;
import io.specoffload.template.JinjaTemplate;
import io.specoffload.template.TemplateException;
import io.specoffload.template.TemplateRefusalException;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.ZoneId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Turns a conversation into a model's prompt, by the Jinja template in its file. A conversation that the template
 * cannot express is put into words that it can: a system message into the first user message, tools into the system
 * message, tool results into user messages. Immutable and thread-safe.
 *
 * <p>The prompt holds the names of special tokens, BOS included where the template asks for it: encode it without
 * adding special tokens, and parse them.
 */
public final class ChatTemplate {

    private static final String KEY = "tokenizer.chat_template";

    private final String source;
    private final boolean fallback;
    private final TemplateRenderer renderer;
    private final @Nullable TemplateRenderer toolRenderer;

    private ChatTemplate(
            String source, boolean fallback, TemplateRenderer renderer, @Nullable TemplateRenderer toolRenderer) {
        this.source = source;
        this.fallback = fallback;
        this.renderer = renderer;
        this.toolRenderer = toolRenderer;
    }

    /** The template of a model's file, or one by its special tokens if it has none. */
    public static ChatTemplate from(Metadata metadata, Vocabulary vocabulary) {
        return from(metadata, vocabulary, Clock.system(ZoneId.systemDefault()));
    }

    /** @param clock the time that a template may write into the prompt */
    public static ChatTemplate from(Metadata metadata, Vocabulary vocabulary, Clock clock) {
        String own = metadata.string(KEY).orElse(null);
        String source = own == null ? FallbackTemplates.choose(metadata, vocabulary) : own;
        String bos = text(vocabulary, vocabulary.bos());
        String eos = text(vocabulary, vocabulary.eos());
        String toolUse = metadata.string(KEY + ".tool_use").orElse(null);
        return new ChatTemplate(
                source,
                own == null,
                new TemplateRenderer(source, bos, eos, clock),
                toolUse == null ? null : new TemplateRenderer(toolUse, bos, eos, clock));
    }

    /** A template by itself. */
    public static ChatTemplate of(String source, String bosToken, String eosToken, Clock clock) {
        return new ChatTemplate(source, false, new TemplateRenderer(source, bosToken, eosToken, clock), null);
    }

    private static String text(Vocabulary vocabulary, OptionalInt id) {
        return id.isPresent() ? new String(vocabulary.bytes(id.getAsInt()), StandardCharsets.UTF_8) : "";
    }

    /** The template's text. */
    public String source() {
        return source;
    }

    /** The text of the template that is used when there are tools. */
    public String toolSource() {
        return toolRenderer == null ? source : toolRenderer.source();
    }

    /** Whether the file has no template, and one was chosen by its special tokens. */
    public boolean fallback() {
        return fallback;
    }

    /** Whether the template itself has a place for a system message. */
    public boolean supportsSystem() {
        return renderer.capabilities().system();
    }

    /** Whether the template itself describes tools to the model. */
    public boolean supportsTools() {
        return (toolRenderer == null ? renderer : toolRenderer).capabilities().tools();
    }

    /**
     * Renders a conversation.
     *
     * @param tools what the model may call; may be empty
     * @param addGenerationPrompt whether the text ends where the assistant's answer begins
     * @param variables further variables for the template, for example {@code enable_thinking}
     * @throws TemplateRefusalException when the template refuses the conversation, with its own message
     * @throws TemplateException when the template fails, or is none
     */
    public String render(
            List<ChatMessage> messages,
            List<ToolDefinition> tools,
            boolean addGenerationPrompt,
            Map<String, Object> variables) {
        TemplateRenderer chosen = toolRenderer != null && !tools.isEmpty() ? toolRenderer : renderer;
        return chosen.render(messages, tools, addGenerationPrompt, variables);
    }

    /**
     * Renders the template with the caller's variables, {@code messages} among them, and nothing adapted.
     *
     * @param variables what a template may hold; {@code bos_token} and {@code eos_token} are added where they are
     *     missing
     */
    public String render(Map<String, Object> variables) {
        return renderer.renderRaw(variables);
    }

    /**
     * Renders a template with nothing but the given variables.
     *
     * @param variables all of them, {@code messages} and {@code bos_token} included
     */
    public static String render(String source, Map<String, Object> variables, Clock clock) {
        return JinjaTemplate.parse(source).render(new LinkedHashMap<>(variables), clock);
    }
}
