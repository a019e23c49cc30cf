/** The key-value cache: pages, ragged lengths, truncation. */
@NullMarked
package io.specoffload.kv;

import org.jspecify.annotations.NullMarked;
