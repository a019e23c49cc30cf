/** What a machine can do: pure facts, measured or given. No I/O, no threads, no clocks. */
@NullMarked
package io.specoffload.hardware;

import org.jspecify.annotations.NullMarked;
