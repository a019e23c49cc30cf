package io.specoffload.tokenizer;

import io.specoffload.template.JinjaTemplate;
import io.specoffload.template.TemplateException;
import io.specoffload.template.TemplateRefusalException;
import io.specoffload.tokenizer.TemplateCapabilities.CallShape;
import java.time.Clock;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** One template with its tokens, and what it can express. */
final class TemplateRenderer {

    private static final ToolDefinition PROBE_TOOL =
            new ToolDefinition("probe_tool", "Probe.", "{\"type\":\"object\",\"properties\":{}}");
    private static final List<CallShape> SHAPES = List.of(
            new CallShape(false, false),
            new CallShape(true, false),
            new CallShape(false, true),
            new CallShape(true, true));

    private final String source;
    private final String bosToken;
    private final String eosToken;
    private final Clock clock;
    private final @Nullable JinjaTemplate template;
    private final @Nullable TemplateException failure;
    private final TemplateCapabilities capabilities;

    /** A template that cannot be parsed fails when it is used, not here: the model can still complete texts. */
    TemplateRenderer(String source, String bosToken, String eosToken, Clock clock) {
        this.source = source;
        this.bosToken = bosToken;
        this.eosToken = eosToken;
        this.clock = clock;
        JinjaTemplate parsed = null;
        TemplateException problem = null;
        try {
            parsed = JinjaTemplate.parse(source);
        } catch (TemplateException e) {
            problem = e;
        }
        template = parsed;
        failure = problem;
        capabilities = probe(parsed);
    }

    String source() {
        return source;
    }

    TemplateCapabilities capabilities() {
        return capabilities;
    }

    String renderRaw(Map<String, Object> variables) {
        Map<String, Object> context = new LinkedHashMap<>(variables);
        context.putIfAbsent("bos_token", bosToken);
        context.putIfAbsent("eos_token", eosToken);
        return usable().render(context, clock);
    }

    private JinjaTemplate usable() {
        if (failure != null) {
            throw new TemplateException(0, "the model's chat template cannot be used: " + failure.getMessage());
        }
        return Objects.requireNonNull(template);
    }

    String render(
            List<ChatMessage> messages, List<ToolDefinition> tools, boolean generate, Map<String, Object> variables) {
        JinjaTemplate usable = usable();
        Conversation conversation = new Conversation(messages, tools).adapted(capabilities);
        if (source.contains("length != 9") || source.contains("length == 9")) {
            conversation = conversation.withShortIds();
        }
        try {
            return render(usable, conversation, capabilities.calls(), generate, variables);
        } catch (TemplateRefusalException refusal) {
            Conversation plainer = conversation.alternating();
            if (plainer.equals(conversation)) {
                throw refusal;
            }
            try {
                return render(usable, plainer, capabilities.calls(), generate, variables);
            } catch (TemplateException again) {
                refusal.addSuppressed(again);
                throw refusal;
            }
        }
    }

    private String render(
            JinjaTemplate usable,
            Conversation conversation,
            CallShape shape,
            boolean generate,
            Map<String, Object> variables) {
        Map<String, @Nullable Object> context = new LinkedHashMap<>(variables);
        context.put("bos_token", bosToken);
        context.put("eos_token", eosToken);
        context.put("messages", MessageMaps.messages(conversation.messages(), shape));
        // as transformers calls templates: without tools the variable is None, not undefined
        context.put("tools", conversation.tools().isEmpty() ? null : MessageMaps.tools(conversation.tools()));
        context.putIfAbsent("documents", null);
        context.put("add_generation_prompt", generate);
        return usable.render(context, clock);
    }

    // ---- capabilities

    private TemplateCapabilities probe(@Nullable JinjaTemplate parsed) {
        if (parsed == null) {
            return new TemplateCapabilities(true, true, true, true, SHAPES.getFirst());
        }
        boolean system = shows(
                parsed,
                List.of(ChatMessage.system("probe-system"), ChatMessage.user("probe-user")),
                List.of(),
                SHAPES.getFirst(),
                List.of("probe-system", "probe-user"));
        boolean tools = shows(
                parsed,
                List.of(ChatMessage.user("probe-user")),
                List.of(PROBE_TOOL),
                SHAPES.getFirst(),
                List.of(PROBE_TOOL.name()));
        for (CallShape shape : SHAPES) {
            if (shows(parsed, calls(1), List.of(PROBE_TOOL), shape, List.of("first_call", "first_key", "result-1"))) {
                boolean parallel = shows(
                        parsed,
                        calls(2),
                        List.of(PROBE_TOOL),
                        shape,
                        List.of("first_call", "second_call", "result-1", "result-2"));
                return new TemplateCapabilities(system, tools, true, parallel, shape);
            }
        }
        return new TemplateCapabilities(system, tools, false, false, SHAPES.getFirst());
    }

    private static List<ChatMessage> calls(int count) {
        List<ChatMessage> messages = new ArrayList<>();
        messages.add(ChatMessage.user("probe-user"));
        List<ToolCall> calls = List.of(
                new ToolCall("probe0001", "first_call", "{\"first_key\":1}"),
                new ToolCall("probe0002", "second_call", "{\"second_key\":2}"));
        messages.add(ChatMessage.assistant("", calls.subList(0, count)));
        for (int i = 0; i < count; i++) {
            messages.add(ChatMessage.tool(calls.get(i).id(), calls.get(i).name(), "result-" + (i + 1)));
        }
        return messages;
    }

    private boolean shows(
            JinjaTemplate parsed,
            List<ChatMessage> messages,
            List<ToolDefinition> tools,
            CallShape shape,
            List<String> wanted) {
        try {
            String prompt = render(parsed, new Conversation(messages, tools), shape, true, Map.of());
            return wanted.stream().allMatch(prompt::contains);
        } catch (TemplateException e) {
            return false;
        }
    }
}
