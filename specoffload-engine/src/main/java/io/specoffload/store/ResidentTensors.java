package io.specoffload.store;

import io.specoffload.format.TensorIndex;
import io.specoffload.io.AlignedBuffer;
import io.specoffload.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Tensors that stay in memory: read once, directly, into anonymous memory of exactly their size. Owns the memory.
 */
public final class ResidentTensors implements AutoCloseable {

    private static final long TENSOR_ALIGNMENT = 64;

    /** Reads in flight while loading. */
    private static final int WINDOW = 4;

    private final AlignedBuffer memory;
    private final Map<String, Tensor> tensors = new HashMap<>();

    private ResidentTensors(long bytes) {
        memory = AlignedBuffer.allocate(bytes);
    }

    /** Memory that tensors take. */
    public static long memoryBytes(Collection<TensorIndex.Entry> entries) {
        return entries.stream()
                .mapToLong(entry -> paddedBytes(entry.byteSize()))
                .sum();
    }

    /** Memory that a tensor of so many bytes takes. */
    public static long paddedBytes(long bytes) {
        return (bytes + TENSOR_ALIGNMENT - 1) & -TENSOR_ALIGNMENT;
    }

    /** Memory that loading takes in addition, until it is done. */
    public static long loadingBytes(long pieceBytes, int alignment) {
        return WINDOW * StreamUnit.paddedBytes(pieceBytes, alignment);
    }

    /**
     * Reads tensors.
     *
     * @param pieceBytes size of a read, a multiple of the alignment
     * @throws WeightReadException if something cannot be read
     */
    static ResidentTensors load(List<TensorIndex.Entry> entries, ReadQueue reads, long pieceBytes, int alignment) {
        ResidentTensors resident = new ResidentTensors(memoryBytes(entries));
        boolean complete = false;
        try {
            resident.read(entries, reads, pieceBytes, alignment);
            complete = true;
            return resident;
        } finally {
            if (!complete) {
                resident.close();
            }
        }
    }

    /** A read that is under way, and where its bytes belong. */
    private record Pending(Transfer transfer, MemorySegment source, MemorySegment target, String name) {}

    private void read(List<TensorIndex.Entry> entries, ReadQueue reads, long pieceBytes, int alignment) {
        long bounceBytes = StreamUnit.paddedBytes(pieceBytes, alignment);
        AlignedBuffer bounce = AlignedBuffer.allocate(WINDOW * bounceBytes);
        Deque<Pending> pending = new ArrayDeque<>();
        try {
            long offset = 0;
            int turn = 0;
            for (TensorIndex.Entry entry : entries) {
                MemorySegment target = memory.segment().asSlice(offset, entry.byteSize());
                tensors.put(entry.name(), new Tensor(entry.name(), entry.type(), entry.shape(), target));
                offset += paddedBytes(entry.byteSize());
                for (long done = 0; done < entry.byteSize(); done += pieceBytes) {
                    if (pending.size() == WINDOW) {
                        take(pending);
                    }
                    MemorySegment buffer = bounce.segment().asSlice(turn++ % WINDOW * bounceBytes, bounceBytes);
                    long bytes = Math.min(pieceBytes, entry.byteSize() - done);
                    pending.add(start(entry, done, target.asSlice(done, bytes), buffer, reads, alignment));
                }
            }
            while (!pending.isEmpty()) {
                take(pending);
            }
        } finally {
            settle(pending);
            bounce.close();
        }
    }

    private static Pending start(
            TensorIndex.Entry entry,
            long done,
            MemorySegment target,
            MemorySegment buffer,
            ReadQueue reads,
            int alignment) {
        long position = entry.offset() + done;
        long start = position & -alignment;
        long required = position + target.byteSize() - start;
        long length = (required + alignment - 1) & -alignment;
        StreamUnit.Range range = new StreamUnit.Range(entry.part(), start, length, required, target.byteSize(), 0);
        Transfer transfer = new Transfer(List.of(range), buffer, buffer.byteSize(), () -> {});
        reads.submit(transfer, false);
        return new Pending(transfer, buffer.asSlice(position - start, target.byteSize()), target, entry.name());
    }

    private static void take(Deque<Pending> pending) {
        Pending oldest = pending.removeFirst();
        oldest.transfer().await("tensor " + oldest.name());
        oldest.target().copyFrom(oldest.source());
    }

    /** After a failure: waits until nobody writes to the buffers any more. */
    private static void settle(Deque<Pending> pending) {
        for (Pending left : pending) {
            left.transfer().cancel();
            try {
                left.transfer().await("tensor " + left.name());
            } catch (WeightReadException alreadyFailing) {
                // the failure that led here is the one to report
            }
        }
    }

    Optional<Tensor> tensor(String name) {
        return Optional.ofNullable(tensors.get(name));
    }

    Collection<Tensor> tensors() {
        return tensors.values();
    }

    long byteSize() {
        return memory.byteSize();
    }

    boolean lock() {
        return memory.lock();
    }

    @Override
    public void close() {
        memory.close();
    }
}
