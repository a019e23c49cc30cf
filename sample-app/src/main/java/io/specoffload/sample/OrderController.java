package io.specoffload.sample;

import jakarta.validation.Valid;
import jakarta.validation.constraints.NotBlank;
import org.springframework.ai.chat.client.ChatClient;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/** Free text in, a typed order out. */
@RestController
@RequestMapping("/api/orders/extract")
class OrderController {

    /** The sentence that the demo models were trained on. */
    private static final String SYSTEM = "Extract the business message as JSON.";

    private final ChatClient chatClient;

    OrderController(ChatClient.Builder builder) {
        chatClient = builder.defaultSystem(SYSTEM).build();
    }

    /** A request with a JSON body. */
    record Message(@NotBlank String text) {}

    @PostMapping(consumes = MediaType.APPLICATION_JSON_VALUE)
    Order extract(@Valid @RequestBody Message message) {
        return extract(message.text());
    }

    /** The schema constrains the sampling and takes no room in the prompt. */
    @PostMapping(consumes = MediaType.TEXT_PLAIN_VALUE)
    Order extract(@RequestBody String text) {
        Order order = chatClient
                .prompt()
                // as a message, not as a template: the text may have braces
                .messages(new UserMessage(text))
                .call()
                .entity(Order.class, entity -> entity.useProviderStructuredOutput());
        if (order == null) {
            throw new IllegalStateException("the model answered with nothing");
        }
        return order;
    }
}
