/** Random-weight models of a given shape, and pairs of them that agree on a given share of tokens. */
@NullMarked
package io.specoffload.synthetic;

import org.jspecify.annotations.NullMarked;
