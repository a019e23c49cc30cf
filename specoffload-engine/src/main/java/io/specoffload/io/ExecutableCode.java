package io.specoffload.io;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Machine code in pages of its own, which are written once and can from then on be executed and no longer be written. They are given back when
 * nothing refers to them any more.
 */
public final class ExecutableCode {

    private static final long PAGE = 4096;

    private ExecutableCode() {}

    /**
     * Makes code callable.
     *
     * @return the code; whoever calls it keeps this, as a handle that was made of it does
     * @throws UnsupportedOperationException where the system has no such memory to give, or forbids it
     */
    public static MemorySegment place(byte[] code) {
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
        return MemorySegment.ofAddress(address)
                .reinterpret(bytes, Arena.ofAuto(), ignored -> posix.unmap(address, bytes));
    }
}
