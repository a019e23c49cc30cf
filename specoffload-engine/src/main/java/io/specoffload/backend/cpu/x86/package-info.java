/** Matrix products in machine code that is written at run time, for x86-64 processors with AVX-512 under Linux. */
@NullMarked
package io.specoffload.backend.cpu.x86;

import org.jspecify.annotations.NullMarked;
