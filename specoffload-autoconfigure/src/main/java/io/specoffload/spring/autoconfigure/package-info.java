/** Auto-configuration: properties, the engine's life cycle, actuator, meters, the Resilience4j guard. */
@NullMarked
package io.specoffload.spring.autoconfigure;

import org.jspecify.annotations.NullMarked;
