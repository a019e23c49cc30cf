/** Direct, aligned file reads, and memory to read into. */
@NullMarked
package io.specoffload.io;

import org.jspecify.annotations.NullMarked;
