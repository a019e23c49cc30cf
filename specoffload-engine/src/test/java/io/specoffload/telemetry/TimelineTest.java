package io.specoffload.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import io.specoffload.telemetry.Timeline.Kind;
import io.specoffload.telemetry.Timeline.Lane;
import io.specoffload.telemetry.Timeline.Span;
import org.junit.jupiter.api.Test;

class TimelineTest {

    @Test
    void theLatestSpansAreKeptInOrder() {
        Timeline timeline = new Timeline(3);
        assertThat(timeline.spans()).isEmpty();
        for (int i = 0; i < 5; i++) {
            timeline.record(Lane.DISK, Kind.READ, i, i + 1, 10L * i);
        }
        timeline.record(Lane.COMPUTE, Kind.STALL, -7, Long.MAX_VALUE, 0);
        assertThat(timeline.spans())
                .containsExactly(
                        new Span(Lane.DISK, Kind.READ, 3, 4, 30),
                        new Span(Lane.DISK, Kind.READ, 4, 5, 40),
                        new Span(Lane.COMPUTE, Kind.STALL, -7, Long.MAX_VALUE, 0));
    }

    @Test
    void busyTimeIsTheUnionOfOverlappingReads() {
        StreamCounters counters = new StreamCounters();
        counters.readBegins(100);
        counters.readBegins(150);
        counters.readEnds(200, 4096, 4000);
        assertThat(counters.busyNanos(250)).isEqualTo(150);
        counters.readEnds(300, 4096, 96);
        counters.readBegins(1000);
        counters.readEnds(1001, 0, 0);
        assertThat(counters.busyNanos(5000)).isEqualTo(201);
        assertThat(counters.physicalBytes()).isEqualTo(8192);
        assertThat(counters.usefulBytes()).isEqualTo(4096);
    }

    @Test
    void stallsAreCountedByCause() {
        StreamCounters counters = new StreamCounters();
        counters.stalled(StallCause.OUTPUT_HEAD, 5);
        counters.stalled(StallCause.LAYER_WEIGHTS, 7);
        counters.stalled(StallCause.LAYER_WEIGHTS, 1);
        assertThat(counters.stallNanos(StallCause.LAYER_WEIGHTS)).isEqualTo(8);
        assertThat(counters.stallNanos()).isEqualTo(13);
    }
}
