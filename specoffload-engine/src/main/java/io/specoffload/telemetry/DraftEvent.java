package io.specoffload.telemetry;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** The drafting half of a round: the draft model's time on one group. */
@Name("io.specoffload.Draft")
@Label("Draft")
@Category("SpecOffload")
@StackTrace(false)
public final class DraftEvent extends Event {

    @Label("Round")
    public long round;

    @Label("Sequences")
    public int sequences;

    @Label("Candidates Per Sequence")
    public int candidates;

    @Label("Candidates Drafted")
    public int drafted;
}
