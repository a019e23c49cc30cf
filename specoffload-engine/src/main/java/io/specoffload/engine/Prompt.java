package io.specoffload.engine;

import io.specoffload.tokenizer.ChatMessage;
import io.specoffload.tokenizer.ToolDefinition;
import java.util.List;
import java.util.Map;

/** What a generation starts from. */
public sealed interface Prompt {

    /** Plain text: BOS by the file's rule, names of special tokens are plain text. */
    record Text(String text) implements Prompt {}

    /** Token ids, taken as they are. */
    record Tokens(int... ids) implements Prompt {
        public Tokens {
            ids = ids.clone();
        }

        @Override
        public int[] ids() {
            return ids.clone();
        }
    }

    /**
     * A conversation, rendered by the model's chat template. Tool calls and reasoning are parsed out of the answer.
     *
     * @param messages in order; the answer is the assistant's next turn
     * @param tools what the model may call
     * @param variables further variables for the template, for example {@code enable_thinking}
     */
    record Chat(List<ChatMessage> messages, List<ToolDefinition> tools, Map<String, Object> variables)
            implements Prompt {
        public Chat {
            messages = List.copyOf(messages);
            tools = List.copyOf(tools);
            variables = Map.copyOf(variables);
        }
    }
}
