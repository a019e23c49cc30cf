/** Tool calls and reasoning, parsed out of an answer's text as it streams. */
@NullMarked
package io.specoffload.chat;

import org.jspecify.annotations.NullMarked;
