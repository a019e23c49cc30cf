package io.specoffload.io;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The few calls of the operating system that Java has no name for. Where they are not to be had (another system, native
 * access denied), {@link #INSTANCE} is null and callers do without.
 */
final class Posix {

    static final @Nullable Posix INSTANCE = load();

    private static final int PROT_READ_WRITE = 3;
    private static final int PROT_READ_EXECUTE = 5;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int O_RDONLY_CLOEXEC = 0x80000;
    private static final int FADV_DONTNEED = 4;
    private static final int MADV_HUGEPAGE = 14;

    private final MethodHandle mmap;
    private final MethodHandle munmap;
    private final MethodHandle mprotect;
    private final MethodHandle mlock;
    private final MethodHandle madvise;
    private final MethodHandle open;
    private final MethodHandle close;
    private final MethodHandle fadvise;
    private final MethodHandle mincore;
    private final MethodHandle getpagesize;

    private Posix(Linker linker) {
        mmap = handle(
                linker,
                "mmap",
                FunctionDescriptor.of(JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_LONG));
        munmap = handle(linker, "munmap", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
        mprotect = handle(linker, "mprotect", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
        mlock = handle(linker, "mlock", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG));
        madvise = handle(linker, "madvise", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
        FunctionDescriptor opening = FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
        open = linker.downcallHandle(
                linker.defaultLookup().find("open").orElseThrow(), opening, Linker.Option.firstVariadicArg(2));
        close = handle(linker, "close", FunctionDescriptor.of(JAVA_INT, JAVA_INT));
        fadvise = handle(
                linker, "posix_fadvise", FunctionDescriptor.of(JAVA_INT, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_INT));
        mincore = handle(linker, "mincore", FunctionDescriptor.of(JAVA_INT, JAVA_LONG, JAVA_LONG, ADDRESS));
        getpagesize = handle(linker, "getpagesize", FunctionDescriptor.of(JAVA_INT));
    }

    private static MethodHandle handle(Linker linker, String name, FunctionDescriptor descriptor) {
        return linker.downcallHandle(linker.defaultLookup().find(name).orElseThrow(), descriptor);
    }

    /** The constants above are those of Linux. */
    private static @Nullable Posix load() {
        if (!Files.exists(Path.of("/proc/self/status")) || ADDRESS.byteSize() != 8) {
            return null;
        }
        try {
            return new Posix(Linker.nativeLinker());
        } catch (RuntimeException | Error denied) {
            return null;
        }
    }

    /** The address of new zeroed pages, untouched; 0 if there are none to be had. */
    long map(long bytes) {
        long address = call(() -> (long) mmap.invokeExact(0L, bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0L));
        return address == -1 ? 0 : address;
    }

    void unmap(long address, long bytes) {
        call(() -> (int) munmap.invokeExact(address, bytes));
    }

    /** Lets whole pages be executed and no longer be written; whether the system allows it. */
    boolean makeExecutable(long address, long bytes) {
        return call(() -> (int) mprotect.invokeExact(address, bytes, PROT_READ_EXECUTE)) == 0;
    }

    /** Whether the pages are now locked in memory. */
    boolean lock(long address, long bytes) {
        return call(() -> (int) mlock.invokeExact(address, bytes)) == 0;
    }

    /** Asks for huge pages in a range of whole pages; whether the system took the wish. */
    boolean preferHugePages(long address, long bytes) {
        return call(() -> (int) madvise.invokeExact(address, bytes, MADV_HUGEPAGE)) == 0;
    }

    /** A descriptor for {@link #drop}, or -1. */
    int open(Path path) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocateFrom(path.toString());
            return (int) call(() -> (int) open.invokeExact(name, O_RDONLY_CLOEXEC, 0));
        }
    }

    void close(int descriptor) {
        call(() -> (int) close.invokeExact(descriptor));
    }

    /** Asks the page cache to forget a range of a file; 0 bytes for all of it. */
    void drop(int descriptor, long position, long bytes) {
        call(() -> (int) fadvise.invokeExact(descriptor, position, bytes, FADV_DONTNEED));
    }

    /** Bytes of a page. */
    int pageSize() {
        return (int) call(() -> (int) getpagesize.invokeExact());
    }

    /**
     * Which pages of a mapped range are in memory: one byte per page, whose lowest bit says so.
     *
     * @return whether the system told
     */
    boolean resident(long address, long bytes, MemorySegment pages) {
        return call(() -> (int) mincore.invokeExact(address, bytes, pages)) == 0;
    }

    @FunctionalInterface
    private interface NativeCall {
        long run() throws Throwable;
    }

    private static long call(NativeCall call) {
        try {
            return call.run();
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
