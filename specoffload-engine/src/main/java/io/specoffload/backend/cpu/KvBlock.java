package io.specoffload.backend.cpu;

import io.specoffload.backend.AttentionBatch;
import io.specoffload.backend.KvView;
import io.specoffload.tensor.DType;
import java.lang.foreign.MemorySegment;

/**
 * The addresses within one block of cached keys and values; see {@link KvView} for the layout.
 *
 * @param base address of the block
 * @param half elements are float16, not float32
 * @param positions positions per block
 * @param kvHeads heads in the block
 * @param headSize elements per head
 */
public record KvBlock(long base, boolean half, int positions, int kvHeads, int headSize) {

    /**
     * Block {@code index} of a sequence's cache.
     *
     * @throws IllegalArgumentException if the cache's element type is unsupported or the block too small
     */
    public static KvBlock of(KvView view, int index, AttentionBatch batch) {
        if (view.type() != DType.F32 && view.type() != DType.F16) {
            throw new IllegalArgumentException("the CPU kernels do not support a key/value cache of " + view.type());
        }
        boolean half = view.type() == DType.F16;
        MemorySegment memory = view.block(index, batch.layer());
        KvBlock block =
                new KvBlock(Memory.addressOf(memory), half, view.blockPositions(), batch.kvHeads(), batch.headSize());
        if (memory.byteSize() < block.value(batch.kvHeads(), 0) - block.base) {
            throw new IllegalArgumentException("a key/value block of " + memory.byteSize() + " bytes is too small");
        }
        return block;
    }

    /** Address of a head's key at a slot of the block. */
    public long key(int head, int slot) {
        return base + ((long) head * positions + slot) * headSize * elementBytes();
    }

    /** Address of a head's value at a slot of the block. */
    public long value(int head, int slot) {
        return key(kvHeads + head, slot);
    }

    public int elementBytes() {
        return half ? 2 : 4;
    }

    /** One element at an address. */
    public float load(long address, int element) {
        return half ? Memory.halfAt(address + 2L * element) : Memory.floatAt(address + 4L * element);
    }

    /** Writes {@code count} elements of source to an address. */
    public void store(long address, float[] source, int from, int count) {
        for (int i = 0; i < count; i++) {
            if (half) {
                Memory.putHalf(address + 2L * i, source[from + i]);
            } else {
                Memory.putFloat(address + 4L * i, source[from + i]);
            }
        }
    }
}
