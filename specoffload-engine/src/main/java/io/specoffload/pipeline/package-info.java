/** Rounds of draft, verify and accept over many sequences, with continuous batching. */
@NullMarked
package io.specoffload.pipeline;

import org.jspecify.annotations.NullMarked;
