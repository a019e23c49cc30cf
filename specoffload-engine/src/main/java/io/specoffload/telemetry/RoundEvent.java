package io.specoffload.telemetry;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** One round: verification of one group beside drafting for the other, and what came of it. */
@Name("io.specoffload.Round")
@Label("Round")
@Category("SpecOffload")
@StackTrace(false)
public final class RoundEvent extends Event {

    @Label("Round")
    public long round;

    @Label("Groups")
    public int groups;

    @Label("Candidates Per Sequence")
    public int candidates;

    @Label("Reason For The Candidate Count")
    public String reason = "";

    @Label("Candidates Verified")
    public int verified;

    @Label("Candidates Accepted")
    public int accepted;

    @Label("New Tokens")
    public int tokens;
}
