package io.specoffload.sample;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.engine.ContextLengthExceededException;
import io.specoffload.engine.EngineOverloadedException;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.Prompt;
import io.specoffload.tokenizer.ChatMessage;
import io.specoffload.tokenizer.ToolCall;
import io.specoffload.tokenizer.ToolDefinition;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;
import tools.jackson.databind.JsonNode;

/** The application over HTTP, on an engine that says what the test tells it. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = {
            "resilience4j.bulkhead.instances.specoffload.max-concurrent-calls=2",
            "spring.ai.specoffload.hardware.calibrate-on-startup=false"
        })
class ApplicationTest {

    private static final String ORDER =
            "{\"kind\":\"order\",\"customer\":\"Anna Keller\",\"items\":[{\"name\":\"oak shelf\","
                    + "\"quantity\":2,\"price\":12.5}],\"currency\":\"EUR\",\"deliveryDate\":\"2027-03-03\",\"city\":null}";

    @TestConfiguration(proxyBeanMethods = false)
    static class Engine {
        @Bean
        FakeEngine fakeEngine() {
            return new FakeEngine();
        }
    }

    @Autowired
    FakeEngine engine;

    @LocalServerPort
    int port;

    private Client client;

    @BeforeEach
    void prepare() {
        engine.reset();
        client = new Client("http://localhost:" + port);
    }

    @Test
    void extractsATypedOrder() throws Exception {
        engine.answer(ORDER);

        var response = client.post("/api/orders/extract", "text/plain", "Anna Keller orders {2} x oak shelf");

        assertThat(response.statusCode()).isEqualTo(200);
        JsonNode order = Client.json(response);
        assertThat(order.propertyNames())
                .containsExactly("kind", "customer", "items", "currency", "deliveryDate", "city");
        assertThat(order.get("items").get(0).get("quantity").asInt()).isEqualTo(2);
        assertThat(order.get("deliveryDate").asString()).isEqualTo("2027-03-03");
        assertThat(order.get("city").isNull()).isTrue();
    }

    @Test
    void theSchemaConstrainsTheAnswerAndIsNotInThePrompt() throws Exception {
        engine.answer(ORDER);

        client.postJson("/api/orders/extract", "{\"text\":\"Anna Keller orders 2 x oak shelf\"}");

        GenerationRequest request = engine.requests.remove();
        assertThat(FakeEngine.messages(request))
                .containsExactly(
                        ChatMessage.system("Extract the business message as JSON."),
                        ChatMessage.user("Anna Keller orders 2 x oak shelf"));
        JsonNode schema = tools.jackson.databind.json.JsonMapper.shared().readTree(request.outputSchema());
        assertThat(schema.get("properties").propertyNames())
                .containsExactly("kind", "customer", "items", "currency", "deliveryDate", "city");
        assertThat(schema.get("required")).hasSize(6);
        assertThat(schema.at("/properties/items/items/properties").propertyNames())
                .containsExactly("name", "quantity", "price");
        assertThat(schema.at("/properties/city/type").toString()).isEqualTo("[\"string\",\"null\"]");
        assertThat(schema.at("/properties/kind/type").toString()).isEqualTo("\"string\"");
    }

    @Test
    void anAnswerThatIsCutOffIsNoOrder() throws Exception {
        engine.answer(ORDER.substring(0, 40));

        assertThat(client.post("/api/orders/extract", "text/plain", "An order").statusCode())
                .isEqualTo(422);
    }

    @Test
    void chatsWithHistoryAndTools() throws Exception {
        engine.answer("Hello", " again");

        var response = client.postJson(
                "/api/chat",
                "{\"message\":\"And now?\",\"history\":[{\"role\":\"USER\",\"text\":\"Hi\"},"
                        + "{\"role\":\"ASSISTANT\",\"text\":\"Hello\"}]}");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(Client.json(response).get("text").asString()).isEqualTo("Hello again");
        assertThat(Client.json(response).get("finishReason").asString()).isEqualTo("stop");
        assertThat(Client.json(response).at("/figures/acceptanceRate").asDouble())
                .isEqualTo(0.9);
        GenerationRequest request = engine.requests.remove();
        assertThat(FakeEngine.messages(request))
                .containsExactly(
                        ChatMessage.user("Hi"),
                        ChatMessage.assistant("Hello", List.of()),
                        ChatMessage.user("And now?"));
        assertThat(((Prompt.Chat) request.prompt()).tools())
                .extracting(ToolDefinition::name)
                .containsExactlyInAnyOrder("orderStatus", "calendar");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/chat", "/api/chat/stream"})
    void callsTools(String path) throws Exception {
        engine.answer(new ToolCall("c1", "orderStatus", "{\"orderNumber\":\"48213\"}"));
        engine.answer("Order 48213 is shipped.");

        var response = client.postJson(path, "{\"message\":\"Where is order 48213?\"}");

        assertThat(response.body()).contains("Order 48213 is shipped.");
        engine.requests.remove();
        assertThat(FakeEngine.messages(engine.requests.remove()).getLast())
                .isEqualTo(
                        ChatMessage.tool(
                                "c1",
                                "orderStatus",
                                "{\"orderNumber\":\"48213\",\"status\":\"shipped\",\"expectedDate\":\"2027-03-05\",\"city\":\"Graz\"}"));
    }

    @Test
    void streamsEvents() throws Exception {
        engine.answer("Good", " morning", "!\n");

        var response = client.postJson("/api/chat/stream", "{\"message\":\"Hi\"}");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.headers().firstValue("content-type").orElseThrow()).startsWith("text/event-stream");
        var events = Client.events(response);
        assertThat(events).extracting(Client.Event::name).containsExactly("delta", "delta", "delta", "done");
        assertThat(events.subList(0, 3))
                .extracting(event -> event.data().get("text").asString())
                .containsExactly("Good", " morning", "!\n");
        assertThat(events.getLast().data().at("/figures/tokensPerSecond").asDouble())
                .isEqualTo(100);
    }

    @Test
    void aFailureInTheMiddleOfAStreamIsAnEvent() throws Exception {
        engine.answer("Good", new IllegalStateException("a kernel failed"));

        var events = Client.events(client.postJson("/api/chat/stream", "{\"message\":\"Hi\"}"));

        assertThat(events).extracting(Client.Event::name).containsExactly("delta", "failure");
        assertThat(events.getLast().data().get("message").asString()).isEqualTo("a kernel failed");
    }

    @Test
    void aClientThatGoesAwayCancelsTheAnswer() throws Exception {
        engine.answer(FakeEngine.FOREVER);

        try (HttpClient http = HttpClient.newHttpClient()) {
            var response = http.send(
                    client.request("/api/chat/stream", "application/json", "{\"message\":\"Hi\"}"),
                    HttpResponse.BodyHandlers.ofInputStream());
            assertThat(response.body().read()).isPositive();
            response.body().close();
            http.shutdownNow();
        }

        assertThat(engine.cancelled.poll(20, TimeUnit.SECONDS)).isNotNull();
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/chat", "/api/chat/stream"})
    void aFullQueueIsServiceUnavailable(String path) throws Exception {
        engine.answer(new EngineOverloadedException("the queue is full"));

        var response = client.postJson(path, "{\"message\":\"Hi\"}");

        assertThat(response.statusCode()).isEqualTo(503);
        assertThat(response.headers().firstValue("retry-after")).hasValue("1");
        assertThat(Client.json(response).get("detail").asString()).contains("too many requests");
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/chat", "/api/chat/stream"})
    void aFullBulkheadIsServiceUnavailable(String path) throws Exception {
        engine.answer(FakeEngine.FOREVER);
        engine.answer(FakeEngine.FOREVER);
        try (HttpClient http = HttpClient.newHttpClient()) {
            for (int i = 0; i < 2; i++) {
                var running = http.send(
                        client.request("/api/chat/stream", "application/json", "{\"message\":\"Hi\"}"),
                        HttpResponse.BodyHandlers.ofInputStream());
                assertThat(running.body().read()).isPositive();
            }

            var response = client.postJson(path, "{\"message\":\"Hi\"}");

            assertThat(response.statusCode()).isEqualTo(503);
            assertThat(response.headers().firstValue("retry-after")).hasValue("1");
            http.shutdownNow();
        }
        for (int i = 0; i < 2; i++) {
            assertThat(engine.cancelled.poll(20, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/api/chat", "/api/chat/stream"})
    void aPromptThatIsTooLongIsABadRequest(String path) throws Exception {
        engine.answer(new ContextLengthExceededException("the prompt has 2000 tokens, but the context holds 1024"));

        var response = client.postJson(path, "{\"message\":\"Hi\"}");

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Client.json(response).get("detail").asString()).contains("2000", "1024");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"{}", "{\"message\":\" \"}", "no json", "{\"message\":\"x\",\"history\":[{\"role\":\"USER\"}]}"})
    void aRequestWithoutAMessageIsABadRequest(String body) throws Exception {
        assertThat(client.postJson("/api/chat", body).statusCode()).isEqualTo(400);
        assertThat(engine.requests).isEmpty();
    }

    @Test
    void thePageLoadsNothingFromElsewhere() throws IOException, InterruptedException {
        var response = client.get("/");

        assertThat(response.statusCode()).isEqualTo(200);
        assertThat(response.body())
                .contains("<title>SpecOffload for Spring</title>")
                .doesNotContain("http:", "https:");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/actuator/health",
                "/actuator/health/readiness",
                "/actuator/health/liveness",
                "/actuator/specoffload",
                "/actuator/circuitbreakers",
                "/actuator/bulkheads",
                "/actuator/metrics/specoffload.tokens",
                "/actuator/metrics/resilience4j.bulkhead.available.concurrent.calls"
            })
    void theActuatorAnswers(String path) throws Exception {
        assertThat(client.get(path).statusCode()).isEqualTo(200);
    }

    @Test
    void healthShowsTheModels() throws Exception {
        JsonNode health = Client.json(client.get("/actuator/health"));

        assertThat(health.at("/components/specoffload/status").asString()).isEqualTo("UP");
        assertThat(health.at("/components/specoffload/details/target").asString())
                .isEqualTo("fake");
    }
}
