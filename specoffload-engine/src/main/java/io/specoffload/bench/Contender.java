package io.specoffload.bench;

import java.util.List;
import tools.jackson.databind.JsonNode;

/** One of those that are compared while weights stream: a command, and how to talk to it. */
interface Contender {

    /** Its name in tables, unique in a comparison. */
    String name();

    /** Whether it is this engine, so that the read rate limits it. */
    boolean ours();

    /** The command of a run. */
    List<String> command();

    /**
     * Has the child do the work.
     *
     * @throws ChildFailedException if it fails
     */
    JsonNode work(JsonChild child);

    /**
     * Reads what the child answered.
     *
     * @throws ChildFailedException if something needed is missing
     */
    RunFigures read(JsonNode answer);
}
