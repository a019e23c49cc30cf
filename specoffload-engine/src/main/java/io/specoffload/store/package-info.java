/** Where a model's bytes are, and how they get to where they are needed in time. */
@NullMarked
package io.specoffload.store;

import org.jspecify.annotations.NullMarked;
