/** Views of bytes: types, shapes, names. No arithmetic. */
@NullMarked
package io.specoffload.tensor;

import org.jspecify.annotations.NullMarked;
