package io.specoffload.backend.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The way to the first GPU, or the reason why there is none. The driver's library is looked for before JCuda is touched:
 * without one, nothing of JCuda is loaded.
 */
public final class CudaDriver {

    /** The oldest devices that current compilers still make code for. */
    static final int LEAST_COMPUTE_CAPABILITY = 75;

    private CudaDriver() {}

    /**
     * Opens the first GPU on the calling thread; the caller closes it there.
     *
     * @throws CudaUnavailableException if there is no driver, no JCuda, no device, or none that is new enough
     */
    public static CudaDevice open() throws CudaUnavailableException {
        requireDriver();
        requireJcuda(CudaDriver.class.getClassLoader());
        String problem = Bindings.PROBLEM;
        if (problem != null) {
            throw new CudaUnavailableException(problem);
        }
        try {
            return JcudaDevice.open();
        } catch (LinkageError | RuntimeException failure) {
            throw new CudaUnavailableException("the CUDA driver cannot be used: " + firstLine(failure));
        }
    }

    private static void requireDriver() throws CudaUnavailableException {
        String library = Path.of("x").getFileSystem().getSeparator().equals("\\") ? "nvcuda.dll" : "libcuda.so.1";
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(library, arena);
        } catch (IllegalArgumentException absent) {
            throw new CudaUnavailableException("there is no NVIDIA driver (" + library + " cannot be loaded)");
        } catch (IllegalCallerException denied) {
            throw new CudaUnavailableException(
                    "the JVM denies native access: start it with --enable-native-access=ALL-UNNAMED");
        }
    }

    static void requireJcuda(ClassLoader loader) throws CudaUnavailableException {
        try {
            Class.forName("jcuda.driver.JCudaDriver", false, loader);
        } catch (ClassNotFoundException | LinkageError absent) {
            throw new CudaUnavailableException(
                    "there is an NVIDIA driver, but JCuda is not on the class path: add org.jcuda:jcuda with its natives");
        }
    }

    static String firstLine(Throwable failure) {
        String message = failure.getMessage();
        return message == null
                ? failure.getClass().getSimpleName()
                : message.strip().lines().findFirst().orElse("");
    }

    /** JCuda's native half, loaded once; a second attempt after a failure would only say that there was a first. */
    private static final class Bindings {

        static final @Nullable String PROBLEM = load();

        /**
         * JCuda unpacks its library under a fixed name into the shared temporary folder and trusts whatever lies there.
         * It gets a folder of its own while it loads.
         */
        private static @Nullable String load() {
            try {
                Path folder = Files.createTempDirectory("specoffload-cuda");
                String shared = System.setProperty("java.io.tmpdir", folder.toString());
                try {
                    JcudaDevice.loadBindings();
                } finally {
                    if (shared != null) {
                        System.setProperty("java.io.tmpdir", shared);
                    }
                    deleteQuietly(folder);
                }
                return null;
            } catch (java.io.IOException | LinkageError | RuntimeException failure) {
                return "JCuda's native library cannot be loaded: " + firstLine(failure);
            }
        }

        /** A loaded library stays usable where systems allow to delete it; elsewhere it is left. */
        private static void deleteQuietly(Path folder) {
            try (var files = Files.newDirectoryStream(folder)) {
                for (Path file : files) {
                    Files.deleteIfExists(file);
                }
                Files.deleteIfExists(folder);
            } catch (java.io.IOException inUse) {
                folder.toFile().deleteOnExit();
            }
        }
    }
}
