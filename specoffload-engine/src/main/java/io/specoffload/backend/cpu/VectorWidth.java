package io.specoffload.backend.cpu;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.InvocationTargetException;
import jdk.incubator.vector.VectorShape;

/**
 * Loads the vector kernels for a chosen vector width and kind of processor. The compiler needs both as class constants, so kernels of
 * another width than the machine's preferred one are a second copy of the same classes, defined by a loader of its own, and so are those for processors that
 * multiply subnormal numbers slowly on one that does so fast, or the other way round ({@link Subnormals}).
 */
public final class VectorWidth {

    private static final String PACKAGE = "io.specoffload.backend.cpu.vector.";

    private VectorWidth() {}

    /** The width in bits that a copy of the vector kernels, known by any of its classes, is to use. */
    public static int bits(Class<?> member) {
        return member.getClassLoader() instanceof CopyingLoader copy ? copy.bits : preferredBits();
    }

    /** Whether a copy of the vector kernels, known by any of its classes, is to use subnormal numbers. */
    public static boolean usesSubnormals(Class<?> member) {
        return member.getClassLoader() instanceof CopyingLoader copy ? copy.subnormals : Subnormals.ARE_FAST;
    }

    /** The machine's width, within what the kernels are written for. */
    static int preferredBits() {
        return Math.clamp(VectorShape.preferredShape().vectorBitSize(), 128, 512);
    }

    /** The width that a wish leads to: itself, or the machine's for 0. */
    static int effective(int bits) {
        return bits == 0 ? preferredBits() : bits;
    }

    /**
     * Refuses a width that the kernels are not written for.
     *
     * @throws IllegalArgumentException if it is neither 128, 256, 512, nor 0
     */
    static void check(int bits) {
        if (bits != 0 && bits != 128 && bits != 256 && bits != 512) {
            throw new IllegalArgumentException("vectors have 128, 256 or 512 bits, not " + bits);
        }
    }

    /**
     * Vector kernels of a width in bits, 0 for the machine's own.
     *
     * @param subnormals whether they are to use subnormal numbers
     * @param machineCode whether to multiply matrices by machine code where that is possible
     */
    static CpuKernels kernels(WorkerPool pool, int bits, boolean subnormals, boolean machineCode) {
        ClassLoader own = VectorWidth.class.getClassLoader();
        boolean isOwn = effective(bits) == preferredBits() && subnormals == Subnormals.ARE_FAST;
        ClassLoader loader = isOwn ? own : new CopyingLoader(own, effective(bits), subnormals);
        try {
            return (CpuKernels) loader.loadClass(PACKAGE + "VectorKernels")
                    .getConstructor(WorkerPool.class, boolean.class)
                    .newInstance(pool, machineCode);
        } catch (InvocationTargetException e) {
            throw new IllegalStateException("the vector kernels do not start", e.getCause());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the vector kernels are missing", e);
        }
    }

    /** Defines its own copies of the vector package's classes and takes everything else from its parent. */
    private static final class CopyingLoader extends ClassLoader {

        private final int bits;
        private final boolean subnormals;

        CopyingLoader(ClassLoader parent, int bits, boolean subnormals) {
            super(parent);
            this.bits = bits;
            this.subnormals = subnormals;
        }

        @Override
        protected Class<?> loadClass(String name, boolean resolve) throws ClassNotFoundException {
            if (!name.startsWith(PACKAGE)) {
                return super.loadClass(name, resolve);
            }
            synchronized (getClassLoadingLock(name)) {
                Class<?> loaded = findLoadedClass(name);
                return loaded != null ? loaded : copy(name);
            }
        }

        private Class<?> copy(String name) throws ClassNotFoundException {
            try (InputStream stream = getParent().getResourceAsStream(name.replace('.', '/') + ".class")) {
                if (stream == null) {
                    throw new ClassNotFoundException(name);
                }
                byte[] bytes = stream.readAllBytes();
                return defineClass(name, bytes, 0, bytes.length);
            } catch (IOException e) {
                throw new ClassNotFoundException(name, e);
            }
        }
    }
}
