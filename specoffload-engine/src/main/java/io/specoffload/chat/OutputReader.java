package io.specoffload.chat;

import java.util.function.Consumer;

/** Reads an answer of some format. */
interface OutputReader {

    /**
     * Takes from the front of the text what is certain, and reports it; called until it takes nothing.
     *
     * @param text what was not taken yet
     * @param end whether nothing follows
     * @return whether anything changed
     */
    boolean step(StringBuilder text, boolean end, Consumer<ChatEvent> events);
}
