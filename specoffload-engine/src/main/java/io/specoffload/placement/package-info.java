/** Which tensor lies in which tier. Pure: no reading, no threads, no clocks. */
@NullMarked
package io.specoffload.placement;

import org.jspecify.annotations.NullMarked;
