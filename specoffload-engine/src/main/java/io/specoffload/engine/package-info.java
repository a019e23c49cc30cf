/** The facade: wiring, requests and their results. */
@NullMarked
package io.specoffload.engine;

import org.jspecify.annotations.NullMarked;
