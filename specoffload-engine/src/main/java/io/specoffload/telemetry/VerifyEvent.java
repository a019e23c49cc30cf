package io.specoffload.telemetry;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The verifying half of a round: one pass of the target model over one group. */
@Name("io.specoffload.Verify")
@Label("Verify")
@Category("SpecOffload")
@StackTrace(false)
public final class VerifyEvent extends Event {

    @Label("Round")
    public long round;

    @Label("Sequences")
    public int sequences;

    @Label("Rows")
    public int rows;

    @Label("Prompt Rows")
    public int promptRows;
}
