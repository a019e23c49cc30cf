package io.specoffload.bench;

import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * What a contender tells of a run.
 *
 * @param version of the engine that ran, or empty
 * @param output new token ids; empty where many sequences ran
 * @param tokens that were generated in the measured time
 * @param seconds the measured time: decoding after the first token without load and prompt; for many sequences all
 * @param promptSeconds from the start of the prompt to the first token; NaN for many sequences
 * @param streamedBytes read from disk in the measured time; -1 where it is not told
 * @param readBytes read from disk for prompt and decoding; -1 where it is not told
 * @param streamRate bytes per second while the engine's stream read; NaN for others
 * @param directShare share of the direct reads' bandwidth, measured right after by the engine, that the stream reached;
 *     NaN for others
 * @param drafted candidates
 * @param accepted of them
 * @param memory of the engine; unknown for others
 */
record RunFigures(
        String version,
        List<Integer> output,
        long tokens,
        double seconds,
        double promptSeconds,
        long streamedBytes,
        long readBytes,
        double streamRate,
        double directShare,
        long drafted,
        long accepted,
        Memory memory) {

    /**
     * Memory outside of the Java heap; NaN where it is not told.
     *
     * @param accounted bytes that the engine accounts for
     * @param measured anonymous bytes of its process without the JVM's share
     */
    record Memory(double accounted, double measured) {
        static final Memory UNKNOWN = new Memory(Double.NaN, Double.NaN);

        static Memory of(JsonNode stats) {
            JsonNode check = stats.path("memoryCheck");
            return new Memory(
                    check.path("accountedBytes").asDouble(Double.NaN),
                    check.path("measuredBytes").asDouble(Double.NaN));
        }
    }

    double tokensPerSecond() {
        return tokens / seconds;
    }

    static List<Integer> ids(JsonNode tokens) {
        return tokens.valueStream().map(JsonNode::asInt).toList();
    }

    /** A number that must be there and above 0. */
    static double positive(JsonNode answer, String pointer) {
        double value = answer.at(pointer).asDouble(0);
        if (!(value > 0)) {
            throw new ChildFailedException("the child process tells no " + pointer);
        }
        return value;
    }
}
