/** NVIDIA GPUs through the CUDA driver: the only place that knows JCuda, which need not be there. */
@NullMarked
package io.specoffload.backend.cuda;

import org.jspecify.annotations.NullMarked;
