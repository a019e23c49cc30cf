/** Speed measurements of this engine and of others on the same files, interleaved, beside the machine's limits. */
@NullMarked
package io.specoffload.bench;

import org.jspecify.annotations.NullMarked;
