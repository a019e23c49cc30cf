package io.specoffload.testing;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordingFile;

/** Where a piece of work allocates: for the message of a test that found garbage where there should be none. */
public final class AllocationSites {

    private static final String SAMPLE = "jdk.ObjectAllocationSample";
    private static final int FRAMES = 5;
    private static final int MOST_SITES = 12;

    private AllocationSites() {}

    /** The sites that allocated most while the work ran, with their share of the sampled bytes, a line each. */
    public static String of(Runnable work) throws IOException {
        Path file = Files.createTempFile("allocations", ".jfr");
        try (Recording recording = new Recording()) {
            recording.enable(SAMPLE).withStackTrace().with("throttle", "10000/s");
            recording.start();
            work.run();
            recording.stop();
            recording.dump(file);
            return table(RecordingFile.readAllEvents(file));
        } finally {
            Files.delete(file);
        }
    }

    private static String table(List<RecordedEvent> events) {
        Map<String, Long> bytes = new TreeMap<>();
        long total = 0;
        for (RecordedEvent event : events) {
            if (event.getEventType().getName().equals(SAMPLE)) {
                bytes.merge(site(event), event.getLong("weight"), Long::sum);
                total += event.getLong("weight");
            }
        }
        double all = Math.max(1, total);
        return bytes.entrySet().stream()
                .sorted(Comparator.comparing(Map.Entry<String, Long>::getValue).reversed())
                .limit(MOST_SITES)
                .map(entry -> "%.2f %s".formatted(entry.getValue() / all, entry.getKey()))
                .collect(Collectors.joining(System.lineSeparator()));
    }

    private static String site(RecordedEvent event) {
        String frames = event.getStackTrace() == null
                ? "no stack"
                : event.getStackTrace().getFrames().stream()
                        .limit(FRAMES)
                        .map(AllocationSites::name)
                        .collect(Collectors.joining(" < "));
        return event.getClass("objectClass").getName() + " at " + frames;
    }

    private static String name(RecordedFrame frame) {
        String type = frame.getMethod().getType().getName();
        return type.substring(type.lastIndexOf('.') + 1) + "."
                + frame.getMethod().getName() + ":" + frame.getLineNumber();
    }
}
