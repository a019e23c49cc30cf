/** The service provider interface of a compute device: memory and kernels. */
@NullMarked
package io.specoffload.backend;

import org.jspecify.annotations.NullMarked;
