package io.specoffload.backend.cpu;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.KvBlockFormat;
import io.specoffload.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * Writes and reads single rows of a block of cached keys and values; see {@link KvBlockFormat} for its bytes. What does
 * not fit a float16 is stored as the largest one. In Q8_0 a row's element is stored as the nearest multiple of its
 * group's scale, which is the group's largest magnitude / 127, rounded to float16: it errs by half a scale at most.
 * Immutable.
 */
public final class KvCells {

    private static final int POSITIONS = KvBlockFormat.POSITIONS;
    private static final float LARGEST_HALF = 65504f;

    private final KvBlockFormat format;
    private final long blockBytes;

    /** Cells of blocks of a format. */
    public KvCells(KvBlockFormat format) {
        this.format = format;
        this.blockBytes = format.blockBytes();
    }

    public KvBlockFormat format() {
        return format;
    }

    /**
     * The address of the block that holds a position of a row's sequence.
     *
     * @throws IllegalArgumentException if the memory is too small for it
     */
    public long block(AttentionBatch batch, int row, int position) {
        MemorySegment memory = batch.views().get(row).block(position / POSITIONS, batch.layer());
        if (memory.byteSize() < blockBytes) {
            throw new IllegalArgumentException("a key/value block of " + memory.byteSize() + " bytes is too small");
        }
        return Memory.addressOf(memory);
    }

    /** One element of a key. */
    float key(long block, int head, int slot, int element) {
        long base = block + format.keys(head);
        float stored = load(base, (long) element * POSITIONS + slot);
        return format.type() == DType.Q8_0 ? stored * Memory.halfAt(keyScale(base, element, slot)) : stored;
    }

    /** One element of a value. */
    float value(long block, int head, int slot, int element) {
        long base = block + format.values(head);
        float stored = load(base, (long) slot * format.headSize() + element);
        return format.type() == DType.Q8_0 ? stored * Memory.halfAt(valueScale(base, element, slot)) : stored;
    }

    /** Writes a head's key of {@code source[from..]} to a slot. */
    void storeKey(long block, int head, int slot, float[] source, int from) {
        long base = block + format.keys(head);
        if (format.type() == DType.Q8_0) {
            for (int element = 0; element < format.headSize(); element += KvBlockFormat.SCALED) {
                int count = Math.min(KvBlockFormat.SCALED, format.headSize() - element);
                float scale = quantized(source, from + element, count, keyScale(base, element, slot));
                for (int i = 0; i < count; i++) {
                    putByte(base + (long) (element + i) * POSITIONS + slot, source[from + element + i], scale);
                }
            }
            return;
        }
        for (int element = 0; element < format.headSize(); element++) {
            store(base, (long) element * POSITIONS + slot, source[from + element]);
        }
    }

    /** Writes a head's value of {@code source[from..]} to a slot. */
    void storeValue(long block, int head, int slot, float[] source, int from) {
        long base = block + format.values(head);
        long row = (long) slot * format.headSize();
        if (format.type() == DType.Q8_0) {
            for (int element = 0; element < format.headSize(); element += KvBlockFormat.SCALED) {
                int count = Math.min(KvBlockFormat.SCALED, format.headSize() - element);
                float scale = quantized(source, from + element, count, valueScale(base, element, slot));
                for (int i = 0; i < count; i++) {
                    putByte(base + row + element + i, source[from + element + i], scale);
                }
            }
            return;
        }
        for (int element = 0; element < format.headSize(); element++) {
            store(base, row + element, source[from + element]);
        }
    }

    private long keyScale(long base, int element, int slot) {
        return base + format.scaleOffset() + 2L * (element / KvBlockFormat.SCALED * POSITIONS + slot);
    }

    private long valueScale(long base, int element, int slot) {
        return base + format.scaleOffset() + 2L * (slot * format.scales() + element / KvBlockFormat.SCALED);
    }

    private float load(long base, long index) {
        return switch (format.type()) {
            case F32 -> Memory.floatAt(base + 4 * index);
            case F16 -> Memory.halfAt(base + 2 * index);
            default -> Memory.byteAt(base + index);
        };
    }

    private void store(long base, long index, float value) {
        if (format.type() == DType.F32) {
            Memory.putFloat(base + 4 * index, value);
        } else {
            Memory.putHalf(base + 2 * index, Math.clamp(value, -LARGEST_HALF, LARGEST_HALF));
        }
    }

    /** Chooses and writes a group's scale; not-a-number makes a scale of its own kind, so that it is not lost. */
    private static float quantized(float[] source, int from, int count, long address) {
        float largest = 0;
        for (int i = from; i < from + count; i++) {
            largest = Math.max(largest, Math.abs(source[i]));
        }
        Memory.putHalf(address, Math.min(largest / 127, LARGEST_HALF));
        return Memory.halfAt(address);
    }

    private static void putByte(long address, float value, float scale) {
        int steps = scale == 0 ? 0 : Math.round(value / scale);
        Memory.putByte(address, (byte) Math.clamp(steps, -127, 127));
    }
}
