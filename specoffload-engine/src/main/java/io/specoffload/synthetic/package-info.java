/**
 * Models of a given shape with random weights, for measuring shapes that cannot be shipped. What they say is known: the
 * next token is a function of the last one, so that pairs with a given acceptance rate can be made.
 */
@NullMarked
package io.specoffload.synthetic;

import org.jspecify.annotations.NullMarked;
