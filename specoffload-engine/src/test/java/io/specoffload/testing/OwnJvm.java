package io.specoffload.testing;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Runs a main class in a JVM of its own, where the compiler knows nothing of what other tests ran. */
public final class OwnJvm {

    private OwnJvm() {}

    /**
     * How it ended.
     *
     * @param code exit status
     * @param output of both streams
     */
    public record Result(int code, String output) {}

    /** Waits for its end. */
    public static Result run(Class<?> main, String... arguments) throws IOException, InterruptedException {
        return run(List.of(), main, arguments);
    }

    /**
     * Starts it again where it failed, up to three times, and answers with the last one. For what depends on the order in
     * which the compiler took up methods, which is chance: of what is wrong by design all starts fail.
     */
    public static Result runUpToThrice(Class<?> main, String... arguments) throws IOException, InterruptedException {
        Result result = run(main, arguments);
        for (int start = 2; start <= 3 && result.code() != 0; start++) {
            System.out.println(main.getSimpleName() + " is started once more, after: " + result.output());
            result = run(main, arguments);
        }
        return result;
    }

    /** Waits for its end; with options for the JVM. */
    public static Result run(List<String> options, Class<?> main, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        command.addAll(List.of(
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(Arrays.asList(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Result(process.waitFor(), output);
    }
}
