package io.specoffload.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.telemetry.ExpertGuesses;
import org.junit.jupiter.api.Test;

class StreamingStateTest {

    @Test
    void whatWasNotMeasuredYetIsLeftOut() {
        ExpertGuesses guesses = new ExpertGuesses(3, true, false, 0.9, 0.25, Double.NaN, "most are right");
        assertThat(StreamingState.Guesses.of(guesses))
                .isEqualTo(new StreamingState.Guesses(true, false, 0.9, 0.25, null, "most are right"));
    }
}
