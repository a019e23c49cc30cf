/** Draft, verify, accept. Vocabulary: candidates are proposed by a drafter; the target's verification accepts a prefix of them and adds one token of its own: recovered after a rejection, bonus if all were accepted. */
@NullMarked
package io.specoffload.speculative;

import org.jspecify.annotations.NullMarked;
