package io.specoffload.cli;

import java.lang.module.ModuleFinder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Commands that start JVMs like the running one: the same Java, the same class path. */
final class BenchEngineCommand {

    private static final String VECTOR = "jdk.incubator.vector";

    private BenchEngineCommand() {}

    /** This command line in a JVM with a small heap: weights are not on it, logits of a batch are. */
    static List<String> engine(int batch) {
        return java(List.of(batch > 1 ? "-Xmx192m" : "-Xmx96m", "-Xms32m"), Main.class.getName());
    }

    /** A main class with its arguments. */
    static List<String> java(List<String> options, String mainClass) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(options);
        if (ModuleFinder.ofSystem().find(VECTOR).isPresent()) {
            command.addAll(List.of("--add-modules", VECTOR));
        }
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), mainClass));
        return command;
    }
}
