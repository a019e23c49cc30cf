package io.specoffload.telemetry;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A pass through all layers of a model whose weights stream. */
@Name("io.specoffload.Sweep")
@Label("Sweep")
@Category("SpecOffload")
@StackTrace(false)
public final class SweepEvent extends Event {

    @Label("Rows")
    public int rows;

    @Label("Bytes read")
    @DataAmount
    public long bytes;

    @Label("Seconds waiting for weights")
    public double stallSeconds;

    @Label("How experts were fetched")
    public String expertMode = "";

    @Label("Whether experts were guessed")
    public boolean guessed;
}
