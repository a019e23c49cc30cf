package io.specoffload.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.reflect.InvocationTargetException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An older llama.cpp through {@code de.kherud:llama}, as a peer of {@code bench}: a program of its own, since a fault in
 * native code ends the JVM, which reads one JSON request per line and answers with one line each. The library is no
 * dependency of ours and is reached by reflection.
 *
 * <p>It takes prompts as text only. The requested ids are therefore turned into text and that into ids again; where
 * that gives another number of tokens, times are scaled to the number that was asked for. Prefill is the time of a whole
 * request for one token, decoding the time from the first token of an answer to its last.
 */
final class BenchJniPeer implements AutoCloseable {

    private static final String PACKAGE = "de.kherud.llama.";

    private @Nullable Object model;

    private BenchJniPeer() {}

    /**
     * The command that runs this peer.
     *
     * @throws IllegalArgumentException if the library is not on the class path, saying how to put it there
     */
    static List<String> command() {
        if (BenchJniPeer.class.getResource("/de/kherud/llama/LlamaModel.class") == null) {
            throw new IllegalArgumentException("--peer llama.cpp needs the jar de.kherud:llama, which is not on the"
                    + " class path; run: java --add-modules jdk.incubator.vector -cp"
                    + " specoffload-engine-VERSION-cli.jar" + java.io.File.pathSeparator + "llama-4.2.0.jar "
                    + Main.class.getName() + " bench ...");
        }
        return BenchEngineCommand.java(List.of(), BenchJniPeer.class.getName());
    }

    /** Answers until the input ends. */
    public static void main(String[] arguments) throws IOException {
        PrintWriter out = new PrintWriter(System.out, true, UTF_8);
        try (BenchJniPeer peer = new BenchJniPeer();
                BufferedReader in = new BufferedReader(new InputStreamReader(System.in, UTF_8))) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                out.println(CliSupport.json(peer.answer(JsonMapper.shared().readTree(line))));
            }
        }
        // native threads that outlive the model would keep the JVM from ending
        Runtime.getRuntime().halt(0);
    }

    private Map<String, Object> answer(JsonNode request) {
        try {
            return switch (request.path("op").asString("")) {
                case "load" -> load(request);
                case "prefill" -> Map.of("seconds", prefill(ids(request.path("tokens"))));
                case "decode" ->
                    Map.of(
                            "seconds",
                            decode(
                                    ids(request.path("prompt")),
                                    request.path("tokens").size()));
                // texts only: its greedy token has no id
                case "greedy" -> Map.of("token", -1);
                default -> Map.of("error", "no such operation");
            };
        } catch (InvocationTargetException e) {
            return Map.of("error", String.valueOf(e.getCause()));
        } catch (ReflectiveOperationException | RuntimeException e) {
            return Map.of("error", e.toString());
        }
    }

    private static int[] ids(JsonNode tokens) {
        return tokens.valueStream().mapToInt(JsonNode::asInt).toArray();
    }

    private Map<String, Object> load(JsonNode request) throws ReflectiveOperationException {
        Object parameters = type("ModelParameters").getConstructor().newInstance();
        int threads = request.path("threads").asInt(1);
        String kvType = request.path("kvType").asString("f16").toUpperCase(Locale.ROOT);
        call(parameters, "setModel", request.path("model").asString(""));
        call(parameters, "setGpuLayers", 0);
        call(parameters, "setThreads", threads);
        call(parameters, "setThreadsBatch", threads);
        call(parameters, "setParallel", 1);
        call(parameters, "setCtxSize", request.path("context").asInt(1024));
        Object cacheType =
                type("args.CacheType").getMethod("valueOf", String.class).invoke(null, kvType);
        call(parameters, "setCacheTypeK", cacheType);
        call(parameters, "setCacheTypeV", cacheType);
        if (kvType.startsWith("Q")) {
            // llama.cpp quantizes the values' cache only with it
            call(parameters, "enableFlashAttn");
        }
        call(parameters, "disableLog");
        model = type("LlamaModel").getConstructor(type("ModelParameters")).newInstance(parameters);
        Map<String, Object> loaded = new LinkedHashMap<>();
        loaded.put("name", "llama.cpp" + build() + " (de.kherud:llama" + version() + ", " + threads + " threads)");
        loaded.put("operations", List.of("prefill", "decode"));
        return loaded;
    }

    /** The number that llama.cpp's build wrote into the library. */
    private static String build() {
        return SymbolLookup.loaderLookup()
                .find("LLAMA_BUILD_NUMBER")
                .map(number -> " b" + number.reinterpret(4).get(ValueLayout.JAVA_INT, 0))
                .orElse("");
    }

    private static String version() {
        try (InputStream in =
                BenchJniPeer.class.getResourceAsStream("/META-INF/maven/de.kherud/llama/pom.properties")) {
            Properties properties = new Properties();
            if (in != null) {
                properties.load(in);
            }
            return Optional.ofNullable(properties.getProperty("version"))
                    .map(version -> " " + version)
                    .orElse("");
        } catch (IOException e) {
            return "";
        }
    }

    private double prefill(int[] tokens) throws ReflectiveOperationException {
        Object inference = request(tokens, 1);
        long start = System.nanoTime();
        call(model(), "complete", inference);
        double seconds = (System.nanoTime() - start) / 1e9;
        int processed = ((int[]) call(model(), "encode", text(tokens))).length;
        return seconds * tokens.length / processed;
    }

    private double decode(int[] prompt, int count) throws ReflectiveOperationException {
        Iterable<?> outputs = (Iterable<?>) call(model(), "generate", request(prompt, count + 1));
        List<Long> times = new ArrayList<>();
        // each output is a token, but for the last, which says that it is the end
        StreamSupport.stream(outputs.spliterator(), false).forEach(output -> times.add(System.nanoTime()));
        int tokens = Math.min(count + 1, times.size());
        if (tokens < 2) {
            throw new IllegalStateException("the answer ended after " + tokens + " tokens");
        }
        return (times.get(tokens - 1) - times.getFirst()) / 1e9 * count / (tokens - 1);
    }

    private Object request(int[] prompt, int count) throws ReflectiveOperationException {
        Object inference =
                type("InferenceParameters").getConstructor(String.class).newInstance(text(prompt));
        call(inference, "setTemperature", 0f);
        call(inference, "setRepeatPenalty", 1f);
        call(inference, "setCachePrompt", false);
        call(inference, "setIgnoreEos", true);
        call(inference, "setNPredict", count);
        return inference;
    }

    private String text(int[] tokens) throws ReflectiveOperationException {
        return (String) call(model(), "decode", tokens);
    }

    private Object model() {
        if (model == null) {
            throw new IllegalStateException("no model is loaded");
        }
        return model;
    }

    private static Class<?> type(String name) throws ClassNotFoundException {
        return Class.forName(PACKAGE + name);
    }

    /** Calls a public method by name; overloads are told apart by their one parameter's type. */
    private static Object call(Object object, String name, Object... arguments) throws ReflectiveOperationException {
        for (java.lang.reflect.Method method : object.getClass().getMethods()) {
            if (method.getName().equals(name)
                    && method.getParameterCount() == arguments.length
                    && (arguments.length == 0 || accepts(method.getParameterTypes()[0], arguments[0]))) {
                return method.invoke(object, arguments);
            }
        }
        throw new NoSuchMethodException(object.getClass().getName() + "." + name);
    }

    private static boolean accepts(Class<?> parameter, Object argument) {
        return java.lang.invoke.MethodType.methodType(parameter)
                .wrap()
                .returnType()
                .isInstance(argument);
    }

    @Override
    public void close() {
        if (model instanceof AutoCloseable open) {
            try {
                open.close();
            } catch (Exception e) {
                throw new IllegalStateException("the peer's model does not close", e);
            }
        }
    }
}
