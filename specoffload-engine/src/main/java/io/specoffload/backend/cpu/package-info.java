/** The CPU: a scalar oracle and Vector API kernels. */
@NullMarked
package io.specoffload.backend.cpu;

import org.jspecify.annotations.NullMarked;
