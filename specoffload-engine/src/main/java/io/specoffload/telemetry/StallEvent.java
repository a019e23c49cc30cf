package io.specoffload.telemetry;

import jdk.jfr.Category;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** Computing waited for weights. */
@Name("io.specoffload.Stall")
@Label("Stall")
@Category("SpecOffload")
@StackTrace(false)
public final class StallEvent extends Event {

    @Label("Cause")
    public String cause = "";

    @Label("Layer")
    public int layer;
}
