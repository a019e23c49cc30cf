package io.specoffload.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.specoffload.engine.InferenceEngine;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.web.server.LocalServerPort;
import tools.jackson.databind.JsonNode;

/** The whole application on the bundled models, from HTTP to the kernels and back. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = "spring.ai.specoffload.hardware.calibrate-on-startup=false")
class DemoModelsTest {

    private static final String ORDER =
            "Anna Keller orders 2 x oak shelf at 12.50 EUR each. Please deliver to Graz by 3 March 2027.";

    @LocalServerPort
    int port;

    @Autowired
    InferenceEngine engine;

    private Client client;

    @BeforeAll
    static void modelsAreBundled() {
        assumeTrue(
                DemoModelsTest.class.getResource("/models/specoffload-demo-target-q8_0.gguf") != null,
                "the demo models are not bundled yet");
    }

    @BeforeEach
    void prepare() {
        client = new Client("http://localhost:" + port);
    }

    @Test
    void extractsAnOrder() throws Exception {
        var response = client.post("/api/orders/extract", "text/plain", ORDER);

        assertThat(response.statusCode()).isEqualTo(200);
        JsonNode order = Client.json(response);
        assertThat(order.propertyNames())
                .containsExactly("kind", "customer", "items", "currency", "deliveryDate", "city");
        assertThat(order.get("kind").asString()).isEqualTo("order");
        assertThat(order.get("items").isArray()).isTrue();
    }

    @Test
    void streamsAnAnswerAndDraftsForIt() throws Exception {
        long draftedBefore = engine.statistics().drafted();

        var events = Client.events(client.postJson("/api/chat/stream", "{\"message\":\"Hello!\"}"));

        assertThat(events).hasSizeGreaterThan(1);
        Client.Event done = events.getLast();
        assertThat(done.name()).isEqualTo("done");
        assertThat(done.data().get("finishReason").asString()).isEqualTo("stop");
        assertThat(done.data().at("/figures/completionTokens").asInt()).isPositive();
        assertThat(engine.statistics().drafted()).isGreaterThan(draftedBefore);
    }

    @Test
    void aPromptLongerThanTheContextIsABadRequest() throws Exception {
        var response = client.post("/api/orders/extract", "text/plain", "one more shelf, ".repeat(1000));

        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(Client.json(response).get("detail").asString()).contains("1024");
    }

    @Test
    void theEndpointShowsBothModels() throws Exception {
        client.postJson("/api/chat", "{\"message\":\"Hello!\"}");

        JsonNode report = Client.json(client.get("/actuator/specoffload"));

        assertThat(report.at("/models/target/architecture").asString()).isEqualTo("llama");
        assertThat(report.at("/models/draft/parameters").asLong())
                .isLessThan(report.at("/models/target/parameters").asLong());
        assertThat(report.at("/memory/targetBytes").asLong()).isPositive();
        assertThat(report.at("/counters/completionTokens").asLong()).isPositive();
    }
}
