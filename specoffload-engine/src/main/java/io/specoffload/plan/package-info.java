/**
 * What a policy is expected to cost and to yield: arithmetic only, without files, threads, clocks or randomness.
 * Quantities are bytes, seconds, FLOP and tokens unless a name says otherwise.
 */
@NullMarked
package io.specoffload.plan;

import org.jspecify.annotations.NullMarked;
