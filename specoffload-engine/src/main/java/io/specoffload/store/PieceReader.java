package io.specoffload.store;

import io.specoffload.telemetry.StreamCounters;
import io.specoffload.telemetry.Timeline;
import io.specoffload.telemetry.TransferEvent;
import java.io.IOException;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Reads one piece and accounts for it. Waiting for a rate limit counts as reading: it stands for a slower device. Used
 * by several threads at once.
 */
public final class PieceReader {

    /** A rate limit is waited for in steps, so that closing does not take long. */
    private static final long LONGEST_PAUSE = 20_000_000;

    private final BlockReader reader;
    private final StreamCounters counters;
    private final Timeline timeline;
    private final ReadRate rate;

    public PieceReader(BlockReader reader, ReadRate rate, StreamCounters counters, Timeline timeline) {
        this.reader = reader;
        this.rate = rate;
        this.counters = counters;
        this.timeline = timeline;
    }

    /** Reads a piece, unless nobody wants it any more, and settles it in any case. */
    public void run(Transfer.Piece piece) {
        piece.owner().settle(piece.owner().wanted() ? read(piece) : null);
    }

    private @Nullable Throwable read(Transfer.Piece piece) {
        TransferEvent event = new TransferEvent();
        event.begin();
        long start = System.nanoTime();
        long count = 0;
        long useful = 0;
        counters.readBegins(start);
        try {
            pause(piece, start);
            count = reader.read(piece.part(), piece.position(), piece.target());
            if (count < piece.required()) {
                throw new IOException(reader.name() + " ended at " + (piece.position() + count) + ", but "
                        + (piece.position() + piece.required()) + " bytes are needed: it was cut short");
            }
            useful = piece.useful();
            if (!piece.owner().arrived(piece)) {
                counters.readInVain(useful);
            }
            return null;
        } catch (IOException | RuntimeException | Error failure) {
            return failure;
        } finally {
            long end = System.nanoTime();
            counters.readEnds(end, count, useful);
            timeline.record(Timeline.Lane.DISK, Timeline.Kind.READ, start, end, count);
            if (event.shouldCommit()) {
                event.link = "disk";
                event.position = piece.position();
                event.physicalBytes = count;
                event.usefulBytes = useful;
                event.commit();
            }
        }
    }

    private void pause(Transfer.Piece piece, long start) {
        long end = start + rate.take(piece.target().byteSize(), start);
        long left = end - start;
        while (left > 0 && piece.owner().wanted()) {
            LockSupport.parkNanos(this, Math.min(left, LONGEST_PAUSE));
            left = end - System.nanoTime();
        }
    }
}
