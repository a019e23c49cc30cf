/** What the engine says about its work while it runs: counters, spans, JFR events. */
@NullMarked
package io.specoffload.telemetry;

import org.jspecify.annotations.NullMarked;
