package io.specoffload.bench;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Makes memory control groups below this process's own, of version 1 ({@code memory.limit_in_bytes}) or 2
 * ({@code memory.max}). What a process in such a group reads through the page cache is charged to it as well, so that a
 * model larger than the limit cannot hide in memory that the run was not granted.
 */
final class MemoryGroups {

    /** Swapping would make the limit soft: forbidden where the group can. */
    private enum Version {
        ONE("memory.limit_in_bytes", "memory.memsw.limit_in_bytes"),
        TWO("memory.max", "memory.swap.max");

        private final String limit;
        private final String swap;

        Version(String limit, String swap) {
            this.limit = limit;
            this.swap = swap;
        }
    }

    private record Own(Version version, Path folder) {}

    private final Path root;

    /** @param root where {@code proc} and {@code sys} are: the root of the file system */
    MemoryGroups(Path root) {
        this.root = root;
    }

    /**
     * Makes a group. The caller closes it.
     *
     * @param name of its folder, below that of this process's own group
     * @param limitBytes most memory of its processes together, page cache included
     * @throws IOException saying why there can be none
     */
    MemoryGroup create(String name, long limitBytes) throws IOException {
        Own own = own();
        if (own.version == Version.TWO) {
            delegate(own.folder);
        }
        Path folder = own.folder.resolve(name);
        try {
            Files.createDirectory(folder);
        } catch (IOException e) {
            throw new IOException("cannot make " + folder + " (" + reason(e) + ")", e);
        }
        MemoryGroup group = new MemoryGroup(folder, own.version == Version.ONE);
        try {
            Files.writeString(folder.resolve(own.version.limit), Long.toString(limitBytes));
        } catch (IOException e) {
            group.close();
            throw new IOException("cannot write " + folder.resolve(own.version.limit) + " (" + reason(e) + ")", e);
        }
        try {
            Files.writeString(
                    folder.resolve(own.version.swap), own.version == Version.ONE ? Long.toString(limitBytes) : "0");
        } catch (IOException withoutSwapAccounting) {
            return group;
        }
        return group;
    }

    private Own own() throws IOException {
        Path list = root.resolve("proc/self/cgroup");
        List<String> lines;
        try {
            lines = Files.readAllLines(list);
        } catch (IOException e) {
            throw new IOException("this system lists no control groups in " + list, e);
        }
        Path mounts = root.resolve("sys/fs/cgroup");
        for (String line : lines) {
            // "4:memory:/path"
            String[] parts = line.split(":", 3);
            if (parts.length == 3 && Arrays.asList(parts[1].split(",")).contains("memory")) {
                return new Own(Version.ONE, folder(mounts.resolve("memory"), parts[2]));
            }
        }
        for (String line : lines) {
            // "0::/path"
            String[] parts = line.split(":", 3);
            if (parts.length == 3 && parts[1].isEmpty()) {
                Path folder = folder(mounts, parts[2]);
                Path controllers = folder.resolve("cgroup.controllers");
                if (Files.isRegularFile(controllers) && words(controllers).contains("memory")) {
                    return new Own(Version.TWO, folder);
                }
                throw new IOException("the control group " + folder + " was not given the memory controller");
            }
        }
        throw new IOException("this process is in no memory control group");
    }

    /** A container may see its own group as the root of the mount. */
    private static Path folder(Path mount, String path) throws IOException {
        Path folder = mount.resolve(path.replaceFirst("^/+", "")).normalize();
        if (folder.startsWith(mount) && Files.isDirectory(folder)) {
            return folder;
        }
        if (Files.isDirectory(mount)) {
            return mount;
        }
        throw new IOException("memory control groups are not mounted at " + mount);
    }

    /** Children have limits only where their parent says so, which it may while no process is directly in it. */
    private static void delegate(Path folder) throws IOException {
        Path control = folder.resolve("cgroup.subtree_control");
        if (Files.isRegularFile(control) && words(control).contains("memory")) {
            return;
        }
        try {
            Files.writeString(control, "+memory");
        } catch (IOException e) {
            throw new IOException(
                    "cannot write +memory to " + control + " (" + reason(e)
                            + "): version 2 allows it only in a delegated group without processes of its own",
                    e);
        }
    }

    private static List<String> words(Path file) throws IOException {
        return Arrays.asList(Files.readString(file).strip().split("\\s+"));
    }

    static String reason(IOException e) {
        if (e instanceof java.nio.file.AccessDeniedException) {
            return "permission denied";
        }
        if (e instanceof FileSystemException failure && failure.getReason() != null) {
            return failure.getReason();
        }
        return e instanceof java.nio.file.FileAlreadyExistsException
                ? "it exists already"
                : String.valueOf(e.getMessage());
    }
}
