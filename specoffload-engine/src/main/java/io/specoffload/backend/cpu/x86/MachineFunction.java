package io.specoffload.backend.cpu.x86;

import io.specoffload.io.ExecutableCode;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** A function in machine code that takes an address and returns nothing. Any thread may call it. */
final class MachineFunction {

    private static final FunctionDescriptor TYPE = FunctionDescriptor.ofVoid(ValueLayout.JAVA_LONG);

    private final MethodHandle function;

    private MachineFunction(MethodHandle function) {
        this.function = function;
    }

    /**
     * Makes a function of code.
     *
     * @throws UnsupportedOperationException where the system or the JVM does not allow it
     */
    static MachineFunction of(byte[] code) {
        MemorySegment placed = ExecutableCode.place(code);
        try {
            return new MachineFunction(Linker.nativeLinker().downcallHandle(placed, TYPE));
        } catch (IllegalCallerException denied) {
            throw new UnsupportedOperationException("the JVM denies native access", denied);
        }
    }

    /** Calls it; what lies at the address must stay as long. */
    void call(long argument) {
        try {
            function.invokeExact(argument);
        } catch (RuntimeException | Error failure) {
            throw failure;
        } catch (Throwable impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
