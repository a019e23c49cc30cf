/** The command line: one class per command. */
@NullMarked
package io.specoffload.cli;

import org.jspecify.annotations.NullMarked;
