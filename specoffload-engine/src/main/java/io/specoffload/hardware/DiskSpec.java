package io.specoffload.hardware;

import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where the model files lie, as a stream of large reads sees it. Many disks, virtual ones above all, are fast for a
 * while (a burst) and slow from then on.
 *
 * @param measuredOn the file that was read
 * @param direct whether reads pass the page cache by; if not, {@code remark} says why
 * @param blockBytes what positions and sizes of direct reads must be multiples of
 * @param latencySeconds median time of one small read
 * @param readBytesPerSecond burst bandwidth by bytes per read, then by reads in flight
 * @param burstBytesPerSecond bandwidth of the fastest way to read, before any throttling
 * @param burstBytes bytes that were read at that rate before it fell; null if it was not seen to fall
 * @param sustainedBytesPerSecond bandwidth after the burst; null if it was not seen
 * @param remark what limits the trust in these figures, in one line; null if nothing does
 */
public record DiskSpec(
        String measuredOn,
        boolean direct,
        int blockBytes,
        double latencySeconds,
        SortedMap<Integer, BandwidthCurve> readBytesPerSecond,
        double burstBytesPerSecond,
        @Nullable Long burstBytes,
        @Nullable Double sustainedBytesPerSecond,
        @Nullable String remark) {

    /** What to expect of a disk after its burst, as a share of the burst rate, as long as it was not seen. */
    public static final double UNSEEN_SUSTAINED_SHARE = 0.6;

    public DiskSpec {
        Checks.present("measuredOn", measuredOn);
        Checks.present("readBytesPerSecond", readBytesPerSecond);
        Checks.positive("blockBytes", blockBytes);
        Checks.positive("latencySeconds", latencySeconds);
        Checks.positive("burstBytesPerSecond", burstBytesPerSecond);
        Checks.positive("burstBytes", burstBytes);
        Checks.positive("sustainedBytesPerSecond", sustainedBytesPerSecond);
        readBytesPerSecond.keySet().forEach(size -> Checks.positive("readBytesPerSecond's request size", size));
        readBytesPerSecond = Collections.unmodifiableSortedMap(new TreeMap<>(readBytesPerSecond));
    }

    /** The bandwidth to plan with, bytes per second: the sustained one, or {@value #UNSEEN_SUSTAINED_SHARE} of the burst. */
    public double plannedBytesPerSecond() {
        return sustainedBytesPerSecond != null
                ? Math.min(sustainedBytesPerSecond, burstBytesPerSecond)
                : UNSEEN_SUSTAINED_SHARE * burstBytesPerSecond;
    }

    /** The same disk where it is known to read at a rate for as long as one likes, in bytes per second. */
    public DiskSpec withSustained(double bytesPerSecond) {
        return new DiskSpec(
                measuredOn,
                direct,
                blockBytes,
                latencySeconds,
                readBytesPerSecond,
                Math.max(burstBytesPerSecond, bytesPerSecond),
                burstBytes,
                bytesPerSecond,
                remark);
    }

    /**
     * Burst bandwidth in bytes per second with reads of a size and a number of them in flight: that of the measured
     * size nearest by ratio.
     */
    public double readBytesPerSecond(long requestBytes, double inFlight) {
        return readBytesPerSecond.entrySet().stream()
                .min((a, b) -> Double.compare(distance(a.getKey(), requestBytes), distance(b.getKey(), requestBytes)))
                .map(nearest -> nearest.getValue().at(inFlight))
                .orElse(burstBytesPerSecond);
    }

    private static double distance(long a, long b) {
        return Math.abs(Math.log((double) a / b));
    }
}
