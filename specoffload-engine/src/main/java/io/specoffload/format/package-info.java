/** Checkpoint files: GGUF reading and writing. A file is treated as hostile. */
@NullMarked
package io.specoffload.format;

import org.jspecify.annotations.NullMarked;
