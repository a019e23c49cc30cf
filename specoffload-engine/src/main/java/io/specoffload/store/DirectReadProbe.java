package io.specoffload.store;

import io.specoffload.format.TensorIndex;
import io.specoffload.io.AlignedBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Measures what a disk gives when nothing is computed: the same pieces, as many in flight, one after the other. */
final class DirectReadProbe {

    private static final long NANOS = 400_000_000;
    private static final int WINDOW = 8;

    private DirectReadProbe() {}

    /** Bytes per second; 0 if there is nothing to read. */
    static double measure(List<TensorIndex.Entry> entries, ReadQueue reads, long pieceBytes, int alignment) {
        List<StreamUnit.Range> ranges = entries.stream()
                .flatMap(entry -> pieces(entry, pieceBytes, alignment).stream())
                .toList();
        if (ranges.isEmpty()) {
            return 0;
        }
        Deque<Transfer> inFlight = new ArrayDeque<>();
        long start = System.nanoTime();
        long bytes = 0;
        AlignedBuffer buffers = AlignedBuffer.allocate(WINDOW * pieceBytes);
        try {
            for (int i = 0; System.nanoTime() - start < NANOS; i++) {
                if (inFlight.size() == WINDOW) {
                    inFlight.removeFirst().await("a probe");
                }
                StreamUnit.Range range = ranges.get(i % ranges.size());
                long offset = i % WINDOW * pieceBytes;
                Transfer transfer = new Transfer(
                        List.of(range), buffers.segment().asSlice(offset, pieceBytes), pieceBytes, () -> {});
                reads.submit(transfer, true);
                inFlight.add(transfer);
                bytes += range.bytes();
            }
            while (!inFlight.isEmpty()) {
                inFlight.removeFirst().await("a probe");
            }
        } finally {
            inFlight.forEach(Transfer::awaitSettled);
            buffers.close();
        }
        return bytes / ((System.nanoTime() - start) / 1e9);
    }

    /** Whole aligned pieces within a tensor. */
    private static List<StreamUnit.Range> pieces(TensorIndex.Entry entry, long pieceBytes, int alignment) {
        long start = (entry.offset() + alignment - 1) & -alignment;
        long end = (entry.offset() + entry.byteSize()) & -alignment;
        List<StreamUnit.Range> pieces = new ArrayList<>();
        for (long position = start; position < end; position += pieceBytes) {
            long bytes = Math.min(pieceBytes, end - position);
            pieces.add(new StreamUnit.Range(entry.part(), position, bytes, bytes, bytes, 0));
        }
        return pieces;
    }
}
