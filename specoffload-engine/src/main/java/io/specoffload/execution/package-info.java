/** Where and when a forward pass runs. */
@NullMarked
package io.specoffload.execution;

import org.jspecify.annotations.NullMarked;
