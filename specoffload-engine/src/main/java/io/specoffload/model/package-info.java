/** What is computed: the transformer, composed from blocks. */
@NullMarked
package io.specoffload.model;

import org.jspecify.annotations.NullMarked;
