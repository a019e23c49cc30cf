package io.specoffload.io;

import java.lang.foreign.MemorySegment;

/**
 * Machine code in pages of its own, which are written once and can from then on be executed and no longer be written. They stay for the life of
 * the process, so that functions in them may be called at any time.
 */
public final class ExecutableCode {

    private static final long PAGE = 4096;

    private ExecutableCode() {}

    /**
     * Makes code callable.
     *
     * @return the address of its first byte
     * @throws UnsupportedOperationException where the system has no such memory to give, or forbids it
     */
    public static long place(byte[] code) {
        Posix posix = Posix.INSTANCE;
        long bytes = code.length + PAGE - 1 & -PAGE;
        long address = posix == null ? 0 : posix.map(bytes);
        if (posix == null || address == 0) {
            throw new UnsupportedOperationException("no memory for machine code is to be had");
        }
        MemorySegment.copy(
                MemorySegment.ofArray(code), 0, MemorySegment.ofAddress(address).reinterpret(bytes), 0, code.length);
        if (!posix.makeExecutable(address, bytes)) {
            posix.unmap(address, bytes);
            throw new UnsupportedOperationException("the system forbids to execute memory that was written");
        }
        return address;
    }
}
