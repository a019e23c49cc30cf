package io.specoffload.telemetry;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Guessing of experts began, ended, or is being compared with the opposite. */
@Name("io.specoffload.ExpertGuesses")
@Label("Expert Guesses")
@Category("SpecOffload")
@StackTrace(false)
public final class ExpertGuessesEvent extends Event {

    @Label("Rows")
    public int rows;

    @Label("Whether passes guess")
    public boolean on;

    @Label("Whether the opposite is being tried")
    public boolean trial;

    @Label("Share of guesses that were right")
    public double rightShare;

    @Label("Seconds of a pass with guesses")
    public double secondsWith;

    @Label("Seconds of a pass without guesses")
    public double secondsWithout;

    @Label("Reason")
    public String reason = "";
}
