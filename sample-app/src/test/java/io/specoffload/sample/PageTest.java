package io.specoffload.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.specoffload.engine.EngineOverloadedException;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;
import org.springframework.beans.factory.annotation.Autowired;
import org.springframework.boot.test.context.SpringBootTest;
import org.springframework.boot.test.context.TestConfiguration;
import org.springframework.boot.test.web.server.LocalServerPort;
import org.springframework.context.annotation.Bean;

/** The page in a real browser, where there is one. */
@SpringBootTest(
        webEnvironment = SpringBootTest.WebEnvironment.RANDOM_PORT,
        properties = "spring.ai.specoffload.hardware.calibrate-on-startup=false")
class PageTest {

    @TestConfiguration(proxyBeanMethods = false)
    static class Engine {
        @Bean
        FakeEngine fakeEngine() {
            return new FakeEngine();
        }
    }

    // the browser may still write while it ends
    @TempDir(cleanup = CleanupMode.NEVER)
    static Path profile;

    @Autowired
    FakeEngine engine;

    @LocalServerPort
    int port;

    private Browser browser;

    @BeforeAll
    static void aBrowserIsThere() {
        assumeTrue(Browser.executable().isPresent(), "no Chromium on the search path");
    }

    @BeforeEach
    void open() throws Exception {
        engine.reset();
        browser = Browser.open(Browser.executable().orElseThrow(), profile, "http://localhost:" + port + "/");
        browser.waitFor("document.readyState === 'complete' && document.querySelectorAll('#examples button').length");
    }

    @AfterEach
    void close() throws InterruptedException {
        browser.close();
    }

    private void send(String task, String text) throws InterruptedException {
        browser.evaluate("document.getElementById('task').value = '" + task + "';"
                + "document.getElementById('text').value = '" + text + "';"
                + "document.getElementById('send').click()");
    }

    @Test
    void anAnswerStreamsInWithItsFigures() throws Exception {
        engine.answer("Good", " morning,", " what can I do?");

        send("chat", "Hello");
        browser.waitFor("document.querySelector('.figures')");

        assertThat(browser.evaluate("document.querySelector('.turn.user').textContent")
                        .asString())
                .isEqualTo("Hello");
        assertThat(browser.evaluate("document.querySelector('.turn.assistant').textContent")
                        .asString())
                .isEqualTo("Good morning, what can I do?");
        assertThat(browser.evaluate("document.querySelector('.figures').textContent")
                        .asString())
                .contains("100 tokens/s", "90% of 10 candidates accepted");
        browser.screenshot(Path.of("target", "page.png"));
    }

    @Test
    void theConversationIsSentAlong() throws Exception {
        engine.answer("Good morning");
        engine.answer("Well");

        send("chat", "Hello");
        browser.waitFor("!document.getElementById('send').disabled && document.querySelector('.figures')");
        send("chat", "How are you?");
        browser.waitFor("document.querySelectorAll('.figures').length === 2");

        engine.requests.remove();
        assertThat(FakeEngine.messages(engine.requests.remove()))
                .extracting(message -> message.content())
                .containsExactly("Hello", "Good morning", "How are you?");
    }

    @Test
    void anOrderIsShownAsJson() throws Exception {
        engine.answer("{\"kind\":\"order\",\"customer\":\"Anna\",\"items\":[],\"currency\":null,"
                + "\"deliveryDate\":null,\"city\":null}");

        send("order", "Anna orders");
        browser.waitFor("document.querySelector('.turn.assistant')");

        assertThat(browser.evaluate("JSON.parse(document.querySelector('.turn.assistant').textContent).customer")
                        .asString())
                .isEqualTo("Anna");
    }

    @Test
    void stopCancelsTheAnswer() throws Exception {
        engine.answer(FakeEngine.FOREVER);

        send("chat", "Hello");
        browser.waitFor("document.querySelector('.turn.assistant').textContent.length > 20");
        browser.evaluate("document.getElementById('stop').click()");
        browser.waitFor("document.querySelector('.failure').textContent === 'Stopped.'");

        assertThat(engine.cancelled.poll(20, TimeUnit.SECONDS)).isNotNull();
    }

    @Test
    void aFullQueueIsToldInWords() throws Exception {
        engine.answer(new EngineOverloadedException("the queue is full"));

        send("chat", "Hello");
        browser.waitFor("document.querySelector('.failure')");

        assertThat(browser.evaluate("document.querySelector('.failure').textContent")
                        .asString())
                .contains("too many requests");
    }
}
