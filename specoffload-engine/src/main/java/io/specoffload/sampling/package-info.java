/** From logits to a distribution to a token. */
@NullMarked
package io.specoffload.sampling;

import org.jspecify.annotations.NullMarked;
