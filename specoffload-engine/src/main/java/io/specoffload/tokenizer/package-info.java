/** Text to token ids and back; chat formats. */
@NullMarked
package io.specoffload.tokenizer;

import org.jspecify.annotations.NullMarked;
