/**
 * A Jinja interpreter for chat templates: what Jinja2's sandbox renders, with Python's values and limits on what a
 * template may cost.
 */
@NullMarked
package io.specoffload.template;

import org.jspecify.annotations.NullMarked;
