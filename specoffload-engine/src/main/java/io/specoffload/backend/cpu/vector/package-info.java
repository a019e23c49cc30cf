/** The CPU kernels on the Vector API. Loaded only where the JVM has it; a copy per forced vector width. */
@NullMarked
package io.specoffload.backend.cpu.vector;

import org.jspecify.annotations.NullMarked;
