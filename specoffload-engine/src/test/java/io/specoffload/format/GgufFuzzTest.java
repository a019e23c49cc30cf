package io.specoffload.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import com.sun.management.ThreadMXBean;
import io.specoffload.tensor.Tensor;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Seeded mutations of a valid file: each is read, or refused with the one exception, without much memory. */
class GgufFuzzTest {

    private static final int MUTATIONS = 12_000;

    /** The reader's buffer and what the sample itself takes are some 100 KB. */
    private static final long MAXIMUM_ALLOCATION = 4L << 20;

    private static final long[] INTERESTING = {
        0,
        1,
        2,
        31,
        32,
        33,
        255,
        256,
        65_535,
        65_536,
        Integer.MAX_VALUE,
        1L << 31,
        (1L << 32) - 1,
        1L << 32,
        1L << 40,
        Long.MAX_VALUE,
        Long.MIN_VALUE,
        -1,
        -2,
        -32
    };

    private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    @TempDir
    Path folder;

    @Test
    void mutationsFindNothingButRefusals() throws IOException {
        byte[] valid = GgufSample.bytes(folder);
        Random random = new Random(20_261_121);
        Path path = folder.resolve("fuzz.gguf");
        int[] outcomes = new int[2];
        Assertions.assertTimeoutPreemptively(Duration.ofMinutes(2), () -> {
            for (int i = 0; i < MUTATIONS; i++) {
                byte[] mutated = mutate(valid, random);
                // some file systems flush a file that is truncated and written anew, which takes milliseconds
                Files.deleteIfExists(path);
                Files.write(path, mutated);
                outcomes[open(path, mutated, i)]++;
            }
        });
        // both outcomes occur, or the mutations are too harsh or too mild to say anything
        assertThat(outcomes[0]).isGreaterThan(MUTATIONS / 20);
        assertThat(outcomes[1]).isGreaterThan(MUTATIONS / 4);
    }

    private int open(Path path, byte[] bytes, int number) {
        long before = threads.getCurrentThreadAllocatedBytes();
        int outcome = 0;
        try (GgufFile file = GgufFile.open(path)) {
            for (Tensor tensor : file.tensors()) {
                tensor.data().get(ValueLayout.JAVA_BYTE, tensor.byteSize() - 1);
            }
        } catch (ModelFormatException e) {
            assertThat(e.getMessage()).isNotBlank();
            outcome = 1;
        } catch (IOException | RuntimeException | Error e) {
            fail("mutation " + number + ": " + HexFormat.of().formatHex(bytes), e);
        }
        assertThat(threads.getCurrentThreadAllocatedBytes() - before)
                .as("mutation " + number)
                .isLessThan(MAXIMUM_ALLOCATION);
        return outcome;
    }

    private static byte[] mutate(byte[] valid, Random random) {
        byte[] bytes = valid.clone();
        int times = 1 + random.nextInt(3);
        for (int i = 0; i < times; i++) {
            bytes = switch (random.nextInt(6)) {
                case 0 -> flip(bytes, random);
                case 1 -> Arrays.copyOf(bytes, random.nextInt(bytes.length + 1));
                case 2, 3 -> inflate(bytes, random);
                case 4 -> splice(bytes, valid, random);
                default -> overwrite(bytes, random);
            };
            if (bytes.length < 16) {
                break;
            }
        }
        return bytes;
    }

    private static byte[] flip(byte[] bytes, Random random) {
        for (int i = random.nextInt(4); i >= 0; i--) {
            bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
        }
        return bytes;
    }

    /** Puts a telling value of 4 or 8 bytes anywhere, often over a length or count. */
    private static byte[] inflate(byte[] bytes, Random random) {
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long value = INTERESTING[random.nextInt(INTERESTING.length)];
        int position = random.nextInt(bytes.length - 8);
        if (random.nextBoolean()) {
            buffer.putLong(position, value);
        } else {
            buffer.putInt(position, (int) value);
        }
        return bytes;
    }

    private static byte[] splice(byte[] bytes, byte[] source, Random random) {
        int cut = random.nextInt(bytes.length);
        int from = random.nextInt(source.length);
        int length = random.nextInt(Math.min(200, source.length - from));
        int skipped = Math.min(bytes.length - cut, random.nextInt(200));
        ByteBuffer result = ByteBuffer.allocate(bytes.length + length - skipped);
        result.put(bytes, 0, cut).put(source, from, length).put(bytes, cut + skipped, bytes.length - cut - skipped);
        return result.array();
    }

    private static byte[] overwrite(byte[] bytes, Random random) {
        int start = random.nextInt(bytes.length);
        int end = Math.min(bytes.length, start + 1 + random.nextInt(16));
        for (int i = start; i < end; i++) {
            bytes[i] = (byte) random.nextInt(256);
        }
        return bytes;
    }
}
