package io.specoffload.backend.cpu.vector;

import static io.specoffload.backend.cpu.vector.Lanes.F;
import static io.specoffload.backend.cpu.vector.Lanes.L;
import static io.specoffload.backend.cpu.vector.RawIntegers.RAW;
import static jdk.incubator.vector.VectorOperators.I2F;
import static jdk.incubator.vector.VectorOperators.LSHL;

import io.specoffload.backend.cpu.Memory;
import io.specoffload.tensor.DType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;

/** See the scalar format for the layout. */
final class Q6_KVector implements DirectFormat {

    private static final IntVector LOW = IntVector.broadcast(Lanes.I, 0x0f);
    private static final IntVector ABOVE_LOW = IntVector.broadcast(Lanes.I, 0x30);
    private static final IntVector HIGH = IntVector.broadcast(Lanes.I, 0xf0);
    private static final IntVector ABOVE_HIGH = IntVector.broadcast(Lanes.I, 0x300);

    @Override
    public DType type() {
        return DType.Q6_K;
    }

    @Override
    public void pack(long address, int elements, float[] out, int offset, int groupStride, int vectorStride) {
        long block = address;
        for (int k = 0; k < elements; k += 256) {
            float d = Memory.halfAt(block + 208);
            for (int half = 0; half < 2; half++) {
                int at = offset + (k / 32 + 4 * half) * groupStride;
                decodeHalf(
                        block + 64L * half,
                        block + 128 + 32L * half,
                        block + 192 + 8L * half,
                        d,
                        out,
                        at,
                        groupStride,
                        vectorStride);
            }
            block += 210;
        }
    }

    /** One small loop body: with all four groups written out the compiler stops inlining, and vectors become objects. */
    private static void decodeHalf(
            long low, long high, long scales, float d, float[] out, int offset, int groupStride, int vectorStride) {
        for (int i = 0; i < 32; i += Lanes.L) {
            IntVector upper = Lanes.unsignedBytes(high + i);
            for (int group = 0; group < 2; group++) {
                IntVector nibbles = Lanes.unsignedBytes(low + 32L * group + i);
                IntVector first = nibbles.and(15)
                        .or(Lanes.left(Lanes.right(upper, 2 * group).and(3), 4));
                IntVector third = Lanes.right(nibbles, 4)
                        .or(Lanes.left(Lanes.right(upper, 2 * group + 4).and(3), 4));
                long scale = scales + 2 * group + (i >> 4);
                int at = offset + group * groupStride + i / L * vectorStride;
                Lanes.toFloat(first.sub(32)).mul(d * Memory.byteAt(scale)).intoArray(out, at);
                Lanes.toFloat(third.sub(32)).mul(d * Memory.byteAt(scale + 4)).intoArray(out, at + 2 * groupStride);
            }
        }
    }

    @Override
    public boolean isUnpacked() {
        return Lanes.STEPS <= 4;
    }

    @Override
    public void unpack(long address, int columns, Scratch scratch) {
        scratch.unpacked(columns);
        if (L == 16) {
            SuperBlockScales.forRawSixBits(address, columns / 256, scratch.scales);
            return;
        }
        SuperBlockScales.signedScales(address, columns / 256, scratch.scales, 0);
        for (int run = 0; run < columns / 64; run++) {
            long block = address + 210L * (run >> 2);
            long low = block + 32 * (run & 3);
            long high = block + 128 + 16 * (run & 2);
            int bits = 2 * (run & 1);
            int at = 128 * (run >> 1) + 32 * (run & 1);
            for (int i = 0; i < 32; i += Packed.BYTES) {
                IntVector q = Packed.load(low + i);
                IntVector upper = Packed.right(Packed.load(high + i), bits, 0x33);
                Packed.store(Packed.and(q, 15).or(Packed.left(upper, 4, 48)), 32, scratch.bytes, at + i);
                Packed.store(Packed.right(q, 4, 15).or(Packed.and(upper, 48)), 32, scratch.bytes, at + 64 + i);
            }
        }
    }

    @Override
    public float dot(long address, int columns, float[] x, Scratch scratch) {
        if (L == 16) {
            return dotRaw(address, columns, x, scratch);
        }
        return Lanes.STEPS <= 4
                ? ByteLoops.dotScaled(scratch.bytes, 4, scratch.scales, columns, x)
                : DirectFormat.super.dot(address, columns, x, scratch);
    }

    /**
     * For 16 lanes, half a super-block per step: bits are put together and used as they are ({@link RawIntegers}), those of the third and fourth group four
     * bits further up. Integers first, with the Vector API's own methods: the compiler stops inlining others here.
     */
    private static float dotRaw(long address, int columns, float[] x, Scratch scratch) {
        float[] scales = scratch.scales;
        FloatVector a = FloatVector.zero(F);
        FloatVector b = a;
        for (int i = 0; i < columns / 128; i++) {
            long low = address + 210L * (i >> 1) + 64 * (i & 1);
            long high = address + 210L * (i >> 1) + 128 + 32 * (i & 1);
            IntVector q = Lanes.unsignedBytes(low);
            IntVector r = Lanes.unsignedBytes(low + 32);
            IntVector upper = Lanes.unsignedBytes(high);
            IntVector first = upper.lanewise(LSHL, 4);
            IntVector second = upper.lanewise(LSHL, 2);
            IntVector p0 = q.and(LOW).or(first.and(ABOVE_LOW));
            IntVector p1 = r.and(LOW).or(second.and(ABOVE_LOW));
            IntVector p2 = q.and(HIGH).or(first.and(ABOVE_HIGH));
            IntVector p3 = r.and(HIGH).or(second.and(ABOVE_HIGH));
            q = Lanes.unsignedBytes(low + L);
            r = Lanes.unsignedBytes(low + 32 + L);
            upper = Lanes.unsignedBytes(high + L);
            first = upper.lanewise(LSHL, 4);
            second = upper.lanewise(LSHL, 2);
            IntVector q0 = q.and(LOW).or(first.and(ABOVE_LOW));
            IntVector q1 = r.and(LOW).or(second.and(ABOVE_LOW));
            IntVector q2 = q.and(HIGH).or(first.and(ABOVE_HIGH));
            IntVector q3 = r.and(HIGH).or(second.and(ABOVE_HIGH));
            FloatVector v0 = RAW ? p0.reinterpretAsFloats() : (FloatVector) p0.convert(I2F, 0);
            FloatVector v1 = RAW ? p1.reinterpretAsFloats() : (FloatVector) p1.convert(I2F, 0);
            FloatVector v2 = RAW ? p2.reinterpretAsFloats() : (FloatVector) p2.convert(I2F, 0);
            FloatVector v3 = RAW ? p3.reinterpretAsFloats() : (FloatVector) p3.convert(I2F, 0);
            FloatVector w0 = RAW ? q0.reinterpretAsFloats() : (FloatVector) q0.convert(I2F, 0);
            FloatVector w1 = RAW ? q1.reinterpretAsFloats() : (FloatVector) q1.convert(I2F, 0);
            FloatVector w2 = RAW ? q2.reinterpretAsFloats() : (FloatVector) q2.convert(I2F, 0);
            FloatVector w3 = RAW ? q3.reinterpretAsFloats() : (FloatVector) q3.convert(I2F, 0);
            int at = 16 * i;
            int k = 128 * i;
            a = v0.fma(FloatVector.broadcast(F, scales[at]), FloatVector.broadcast(F, scales[at + 8]))
                    .fma(FloatVector.fromArray(F, x, k), a);
            b = w0.fma(FloatVector.broadcast(F, scales[at + 1]), FloatVector.broadcast(F, scales[at + 9]))
                    .fma(FloatVector.fromArray(F, x, k + 16), b);
            a = v1.fma(FloatVector.broadcast(F, scales[at + 2]), FloatVector.broadcast(F, scales[at + 10]))
                    .fma(FloatVector.fromArray(F, x, k + 32), a);
            b = w1.fma(FloatVector.broadcast(F, scales[at + 3]), FloatVector.broadcast(F, scales[at + 11]))
                    .fma(FloatVector.fromArray(F, x, k + 48), b);
            a = v2.fma(FloatVector.broadcast(F, scales[at + 4]), FloatVector.broadcast(F, scales[at + 12]))
                    .fma(FloatVector.fromArray(F, x, k + 64), a);
            b = w2.fma(FloatVector.broadcast(F, scales[at + 5]), FloatVector.broadcast(F, scales[at + 13]))
                    .fma(FloatVector.fromArray(F, x, k + 80), b);
            a = v3.fma(FloatVector.broadcast(F, scales[at + 6]), FloatVector.broadcast(F, scales[at + 14]))
                    .fma(FloatVector.fromArray(F, x, k + 96), a);
            b = w3.fma(FloatVector.broadcast(F, scales[at + 7]), FloatVector.broadcast(F, scales[at + 15]))
                    .fma(FloatVector.fromArray(F, x, k + 112), b);
        }
        a.add(b).intoArray(scratch.partial, 0);
        return Lanes.sum(scratch.partial, 0) * RawIntegers.RESULT;
    }

    @Override
    public boolean isPrepared() {
        return true;
    }

    /** Per super-block: 16 scales. */
    @Override
    public void prepare(long first, long second, int columns, float[] scales, int offset, int secondOffset) {
        SuperBlockScales.signedScales(first, columns / 256, scales, offset);
        SuperBlockScales.signedScales(second, columns / 256, scales, secondOffset);
    }

    @Override
    public int groupBytes() {
        return 0;
    }

    @Override
    public FloatVector weights(long row, int group, int step, float scale, float[] scales, int offset) {
        int block = group >> 3;
        int part = group & 7;
        long half = row + 210L * block + step * L;
        IntVector upper = Lanes.unsignedBytes(half + 128 + 32 * (part >> 2));
        IntVector low = Lanes.unsignedBytes(half + 64 * (part >> 2) + 32 * (part & 1));
        IntVector q = Lanes.right(low, 2 * (part & 2))
                .and(15)
                .or(Lanes.left(Lanes.right(upper, 2 * (part & 3)).and(3), 4));
        return Lanes.toFloat(q.sub(32)).mul(scales[offset + 16 * block + 2 * part + (step * L >> 4)]);
    }
}
