package io.specoffload.telemetry;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Measured costs changed how rounds are run. */
@Name("io.specoffload.PlanChange")
@Label("Plan Change")
@Category("SpecOffload")
@StackTrace(false)
public final class PlanChangeEvent extends Event {

    @Label("Round")
    public long round;

    @Label("What Was Changed")
    public String what = "";

    @Label("From")
    public int from;

    @Label("To")
    public int to;

    @Label("Reason")
    public String reason = "";
}
