package io.specoffload.engine;

import java.util.List;
import java.util.Optional;

/** Whether this JVM has the compiler that turns vector operations into instructions: without it kernels are a hundred times slower. */
final class OptimizingCompiler {

    private static final String LEVEL = "-XX:TieredStopAtLevel=";
    private static final String ALL_LEVELS = LEVEL + "4";

    private OptimizingCompiler() {}

    /**
     * What the JVM's arguments leave out, and the remedy; empty if nothing.
     *
     * @param arguments as they were given to the JVM
     */
    static Optional<String> missing(List<String> arguments) {
        return arguments.stream()
                .filter(argument ->
                        argument.equals("-Xint") || argument.startsWith(LEVEL) && !argument.equals(ALL_LEVELS))
                .reduce((first, last) -> last)
                .map(argument -> argument
                        + " leaves out the compiler that vector kernels need: they are a hundred times slower. Start the JVM"
                        + " without it; of the Spring Boot Maven plugin, set optimizedLaunch to false");
    }
}
