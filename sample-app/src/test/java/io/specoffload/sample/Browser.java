package io.specoffload.sample;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A headless Chromium with one page, driven over its DevTools protocol. */
final class Browser implements AutoCloseable {

    private static final Pattern LISTENING = Pattern.compile("DevTools listening on ws://([^/]+)/");

    private final Process process;
    private final WebSocket socket;
    private final BlockingQueue<JsonNode> answers = new LinkedBlockingQueue<>();
    private int calls;

    private Browser(Process process, URI page) {
        this.process = process;
        this.socket = HttpClient.newHttpClient()
                .newWebSocketBuilder()
                .buildAsync(page, new Answers())
                .join();
    }

    /** Chromium on the search path. */
    static Optional<Path> executable() {
        return Stream.of(System.getenv("PATH").split(":"))
                .flatMap(folder -> Stream.of("chromium", "chromium-browser", "google-chrome")
                        .map(name -> Path.of(folder, name)))
                .filter(Files::isExecutable)
                .findFirst();
    }

    static Browser open(Path executable, Path profile, String url) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(List.of(
                        executable.toString(),
                        "--headless=new",
                        "--no-sandbox",
                        "--disable-gpu",
                        "--disable-dev-shm-usage",
                        "--no-first-run",
                        "--window-size=900,1000",
                        "--remote-debugging-port=0",
                        "--user-data-dir=" + profile,
                        url))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        String host = null;
        var errors = process.errorReader();
        for (String line = errors.readLine(); line != null && host == null; line = errors.readLine()) {
            Matcher matcher = LISTENING.matcher(line);
            host = matcher.find() ? matcher.group(1) : null;
        }
        Thread.ofVirtual().start(() -> errors.lines().forEach(line -> {}));
        return new Browser(process, page(host));
    }

    private static URI page(String host) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            var request = HttpRequest.newBuilder(URI.create("http://" + host + "/json/list"))
                    .build();
            for (JsonNode target : JsonMapper.shared()
                    .readTree(client.send(request, HttpResponse.BodyHandlers.ofString())
                            .body())) {
                if (target.get("type").asString().equals("page")) {
                    return URI.create(target.get("webSocketDebuggerUrl").asString());
                }
            }
        }
        throw new IllegalStateException("the browser has no page");
    }

    /** The value of a script, which may wait; missing if the page changed under it. */
    JsonNode evaluate(String script) throws InterruptedException {
        JsonNode result = call(
                "Runtime.evaluate",
                Map.of("expression", script, "awaitPromise", true, "returnByValue", true, "userGesture", true));
        if (result.isMissingNode()) {
            return result;
        }
        if (result.has("exceptionDetails")) {
            throw new AssertionError(script + ": " + result.get("exceptionDetails"));
        }
        return result.at("/result/value");
    }

    /** Waits until a condition of the page holds; a page that is still being loaded takes its scripts with it. */
    void waitFor(String condition) throws InterruptedException {
        for (int attempt = 0; attempt < 5; attempt++) {
            if (evaluate(wait(condition)).asBoolean(false)) {
                return;
            }
        }
        throw new AssertionError("the page was loaded again and again before " + condition);
    }

    private static String wait(String condition) {
        return ("new Promise((done, fail) => { const end = Date.now() + 30000; const look = () => { try { if ("
                + condition + ") return done(true); } catch (e) {} if (Date.now() > end) return fail(new Error("
                + "'in vain; the page shows: ' + document.body.innerText)); setTimeout(look, 20); }; look(); })");
    }

    void screenshot(Path file) throws IOException, InterruptedException {
        String data = call("Page.captureScreenshot", Map.of("format", "png"))
                .get("data")
                .asString();
        Files.write(file, Base64.getDecoder().decode(data));
    }

    private JsonNode call(String method, Map<String, Object> parameters) throws InterruptedException {
        int id = ++calls;
        socket.sendText(
                        JsonMapper.shared()
                                .writeValueAsString(Map.of("id", id, "method", method, "params", parameters)),
                        true)
                .join();
        for (; ; ) {
            JsonNode answer = answers.poll(60, TimeUnit.SECONDS);
            if (answer == null) {
                throw new AssertionError("the browser does not answer " + method);
            }
            if (answer.path("id").asInt() == id) {
                return answer.path("result");
            }
        }
    }

    @Override
    public void close() throws InterruptedException {
        socket.abort();
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly().waitFor();
    }

    /** Puts the parts of a message together. */
    private final class Answers implements WebSocket.Listener {
        private final StringBuilder text = new StringBuilder();

        @Override
        public CompletionStage<?> onText(WebSocket webSocket, CharSequence data, boolean last) {
            text.append(data);
            if (last) {
                answers.add(JsonMapper.shared().readTree(text.toString()));
                text.setLength(0);
            }
            webSocket.request(1);
            return null;
        }
    }
}
