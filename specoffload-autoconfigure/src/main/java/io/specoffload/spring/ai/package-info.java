/** The engine as a Spring AI chat model: options, messages, streaming, observation. */
@NullMarked
package io.specoffload.spring.ai;

import org.jspecify.annotations.NullMarked;
