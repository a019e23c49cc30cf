package io.specoffload.telemetry;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.StackTrace;

/** A piece of weights on its way from one tier to another. */
@Name("io.specoffload.Transfer")
@Label("Transfer")
@Category("SpecOffload")
@StackTrace(false)
public final class TransferEvent extends Event {

    @Label("Link")
    public String link = "";

    @Label("Position in the file")
    public long position;

    @Label("Physical bytes")
    @DataAmount
    public long physicalBytes;

    @Label("Useful bytes")
    @DataAmount
    public long usefulBytes;
}
