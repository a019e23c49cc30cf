/** A small office application on the bundled demo models: orders out of free text, and a chat with two tools. */
@NullMarked
package io.specoffload.sample;

import org.jspecify.annotations.NullMarked;
