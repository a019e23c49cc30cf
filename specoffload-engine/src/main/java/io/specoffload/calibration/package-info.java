/** Measures a {@link io.specoffload.hardware.HardwareProfile}, and keeps it. */
@NullMarked
package io.specoffload.calibration;

import org.jspecify.annotations.NullMarked;
