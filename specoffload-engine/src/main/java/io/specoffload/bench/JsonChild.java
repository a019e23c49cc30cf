package io.specoffload.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A child process that answers in lines of JSON. The end of its standard error is kept, to say why it failed. Used by
 * one thread, except for {@link #kill}. Owns the process.
 */
final class JsonChild implements AutoCloseable {

    private static final int KEPT_LINES = 10;
    private static final long SECONDS_TO_END = 20;

    private final Process process;
    private final BufferedReader in;
    private final Writer out;
    private final Deque<String> errors = new ArrayDeque<>();
    private final Thread errorReader;

    private JsonChild(Process process) {
        this.process = process;
        in = process.inputReader(StandardCharsets.UTF_8);
        out = process.outputWriter(StandardCharsets.UTF_8);
        errorReader =
                Thread.ofPlatform().daemon().name("specoffload-bench-stderr").start(this::keepErrors);
    }

    /**
     * Starts a command.
     *
     * @throws IOException if there is no such program
     */
    static JsonChild start(List<String> command) throws IOException {
        return new JsonChild(new ProcessBuilder(command).start());
    }

    private void keepErrors() {
        try (BufferedReader lines = process.errorReader(StandardCharsets.UTF_8)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                synchronized (errors) {
                    if (!line.isBlank() && !line.startsWith("WARNING: Using incubator modules")) {
                        errors.addLast(line.strip());
                    }
                    if (errors.size() > KEPT_LINES) {
                        errors.removeFirst();
                    }
                }
            }
        } catch (IOException closed) {
            // the process is gone; what it said is kept
            return;
        }
    }

    long pid() {
        return process.pid();
    }

    /**
     * Sends a request and waits for its answer.
     *
     * @throws ChildFailedException if the answer is an error, no JSON, or does not come
     */
    JsonNode ask(Map<String, Object> request) {
        try {
            out.write(JsonMapper.shared().writeValueAsString(request) + "\n");
            out.flush();
        } catch (IOException e) {
            throw failure("at " + request.get("op"), e);
        }
        JsonNode answer = answer();
        if (answer.has("error")) {
            throw new ChildFailedException("the peer fails at " + request.get("op") + ": "
                    + answer.path("error").asString(""));
        }
        return answer;
    }

    /**
     * The next line that is a JSON object; what else the process prints is skipped.
     *
     * @throws ChildFailedException if the process ends before
     */
    JsonNode answer() {
        try {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                if (line.startsWith("{")) {
                    return JsonMapper.shared().readTree(line);
                }
            }
        } catch (IOException e) {
            throw failure("before it answered", e);
        } catch (JacksonException e) {
            throw new ChildFailedException("the child process does not answer in JSON: " + e.getOriginalMessage(), e);
        }
        throw failure("before it answered", null);
    }

    private ChildFailedException failure(String when, @Nullable Throwable cause) {
        int exit = -1;
        try {
            if (process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
                errorReader.join(1000);
                exit = process.exitValue();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        String last;
        synchronized (errors) {
            last = errors.isEmpty() ? "" : ": " + errors.peekLast();
        }
        ChildFailedException failure =
                new ChildFailedException("the child process " + status(exit) + " " + when + last, exit);
        if (cause != null) {
            failure.initCause(cause);
        }
        return failure;
    }

    private static String status(int exit) {
        return switch (exit) {
            case -1 -> "did not end";
            case 137 -> "was killed (137, as for want of memory)";
            case 143 -> "was told to end (143)";
            default -> "ended with exit code " + exit;
        };
    }

    /** Ends the process at once. Any thread may call this. */
    void kill() {
        process.destroyForcibly();
        try {
            process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the process, by force if it does not end at the end of its input. */
    @Override
    public void close() {
        try {
            out.close();
        } catch (IOException gone) {
            process.destroy();
        }
        try {
            if (!process.waitFor(SECONDS_TO_END, TimeUnit.SECONDS)) {
                kill();
            }
        } catch (InterruptedException e) {
            kill();
            Thread.currentThread().interrupt();
        }
    }
}
