package io.specoffload.tokenizer;

import io.specoffload.format.Metadata;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;

/** Templates for models whose file has none, chosen by the special tokens that mark turns. */
final class FallbackTemplates {

    private static final String CHATML = """
            {%- for message in messages -%}
            {{ '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}
            {%- endfor -%}
            {%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}
            """;

    private static final String HEADERS = """
            {{- bos_token }}
            {%- for message in messages -%}
            {{ '<|start_header_id|>' + message.role + '<|end_header_id|>\\n\\n' + message.content|trim + '<|eot_id|>' }}
            {%- endfor -%}
            {%- if add_generation_prompt -%}{{ '<|start_header_id|>assistant<|end_header_id|>\\n\\n' }}{%- endif -%}
            """;

    private static final String TURNS = """
            {{- bos_token }}
            {%- if messages and messages[0].role == 'system' -%}
            {{ raise_exception('System role not supported') }}
            {%- endif -%}
            {%- for message in messages -%}
            {%- set role = 'model' if message.role == 'assistant' else message.role -%}
            {{ '<start_of_turn>' + role + '\\n' + message.content|trim + '<end_of_turn>\\n' }}
            {%- endfor -%}
            {%- if add_generation_prompt -%}{{ '<start_of_turn>model\\n' }}{%- endif -%}
            """;

    private static final String INSTRUCTIONS = """
            {%- set ns = namespace(system='') -%}
            {%- for message in messages -%}
            {%- if message.role == 'system' -%}
            {%- set ns.system = '<<SYS>>\\n' + message.content + '\\n<</SYS>>\\n\\n' -%}
            {%- elif message.role == 'assistant' -%}
            {{ ' ' + message.content|trim + ' ' + eos_token }}
            {%- else -%}
            {{ bos_token + '[INST] ' + ns.system + message.content|trim + ' [/INST]' }}
            {%- set ns.system = '' -%}
            {%- endif -%}
            {%- endfor -%}
            """;

    private static final String LINES = """
            {{- bos_token }}
            {%- for message in messages -%}
            {{ message.role + ': ' + message.content + '\\n' }}
            {%- endfor -%}
            {%- if add_generation_prompt -%}{{ 'assistant:' }}{%- endif -%}
            """;

    private FallbackTemplates() {}

    /**
     * Chooses by the tokens: {@code <|im_start|>} for ChatML, {@code <|start_header_id|>} and
     * {@code <start_of_turn>} for the formats named by them; else {@code [INST]} for SentencePiece vocabularies of the
     * kind {@code llama}, else lines of {@code role: text}.
     */
    static String choose(Metadata metadata, Vocabulary vocabulary) {
        Set<String> tokens = specialTokens(vocabulary);
        if (tokens.contains("<|im_start|>")) {
            return CHATML;
        }
        if (tokens.contains("<|start_header_id|>")) {
            return HEADERS;
        }
        if (tokens.contains("<start_of_turn>")) {
            return TURNS;
        }
        boolean sentencePiece =
                metadata.string("tokenizer.ggml.model").filter("llama"::equals).isPresent();
        return sentencePiece ? INSTRUCTIONS : LINES;
    }

    private static Set<String> specialTokens(Vocabulary vocabulary) {
        Set<String> tokens = new HashSet<>();
        for (int id = 0; id < vocabulary.size(); id++) {
            Vocabulary.Kind kind = vocabulary.kind(id);
            if (kind == Vocabulary.Kind.CONTROL || kind == Vocabulary.Kind.USER_DEFINED) {
                tokens.add(new String(vocabulary.bytes(id), StandardCharsets.UTF_8));
            }
        }
        return tokens;
    }
}
