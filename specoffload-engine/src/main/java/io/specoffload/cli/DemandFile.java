package io.specoffload.cli;

import io.specoffload.plan.Demand;
import io.specoffload.plan.Demand.Objective;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * A workload in JSON; what it does not say is as in {@link Demand#TYPICAL}.
 *
 * @param demand what it asks for
 * @param acceptanceGiven whether it says how often candidates are accepted
 */
record DemandFile(Demand demand, boolean acceptanceGiven) {

    static final DemandFile TYPICAL = new DemandFile(Demand.TYPICAL, false);

    private static final JsonMapper MAPPER = JsonMapper.builder()
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /** The file's fields, as far as they are given. */
    private record Fields(
            @Nullable Integer promptLength,
            @Nullable Integer outputLength,
            @Nullable Integer sequences,
            @Nullable Double acceptance,
            @Nullable String objective,
            @Nullable Double mostSecondsPerToken,
            @Nullable Double mostPauseSeconds) {}

    /**
     * Reads a workload.
     *
     * @throws IllegalArgumentException if it is not one, saying what is wrong
     */
    static DemandFile read(Path file) throws IOException {
        Fields fields;
        try {
            fields = MAPPER.readValue(Files.readString(file), Fields.class);
        } catch (JacksonException e) {
            throw new IllegalArgumentException(
                    "--workload: " + file + " is not a workload: " + e.getOriginalMessage()
                            + "; its fields are promptLength, outputLength, sequences, acceptance,"
                            + " objective (throughput or latency), mostSecondsPerToken and mostPauseSeconds",
                    e);
        }
        Demand typical = Demand.TYPICAL;
        Demand demand = new Demand(
                or(fields.promptLength(), typical.promptLength()),
                or(fields.outputLength(), typical.outputLength()),
                or(fields.sequences(), typical.sequences()),
                or(fields.acceptance(), typical.acceptance()),
                fields.objective() == null ? typical.objective() : objective(fields.objective()),
                fields.mostSecondsPerToken(),
                fields.mostPauseSeconds());
        return new DemandFile(demand, fields.acceptance() != null);
    }

    private static <T> T or(@Nullable T given, T otherwise) {
        return given != null ? given : otherwise;
    }

    private static Objective objective(String name) {
        return Arrays.stream(Objective.values())
                .filter(objective -> objective.name().equals(name.toUpperCase(Locale.ROOT)))
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException(
                        "--workload: objective is " + name + ", but must be throughput or latency"));
    }
}
