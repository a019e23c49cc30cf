package io.specoffload.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Runs child processes one after the other, each in a memory group of its own where such a group can be made. Whatever
 * happens, also when this process is told to end, the child is ended and its group removed.
 */
final class ChildRuns implements AutoCloseable {

    private final MemoryGroups groups;
    private final long limitBytes;
    private final String name;
    private final @Nullable String withoutGroups;
    private final int groupVersion;
    private final Thread hook = new Thread(this::end, "specoffload-bench-end");

    // guarded by this
    private @Nullable JsonChild child;
    private @Nullable MemoryGroup group;
    private boolean ended;
    private int started;

    /**
     * Tries whether groups can be made and entered.
     *
     * @param root root of the file system
     * @param limitBytes of each group
     */
    ChildRuns(Path root, long limitBytes) {
        groups = new MemoryGroups(root);
        this.limitBytes = limitBytes;
        name = "specoffload-bench-" + ProcessHandle.current().pid();
        Runtime.getRuntime().addShutdownHook(hook);
        int version = 0;
        String refusal = null;
        try (MemoryGroup probe = groups.create(name + "-probe", limitBytes)) {
            Process process = new ProcessBuilder(probe.enter(List.of("true"))).start();
            version = probe.version();
            if (process.waitFor() != 0) {
                refusal = "no process can enter " + probe.folder();
            }
        } catch (IOException e) {
            refusal = e.getMessage();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            refusal = "interrupted";
        }
        withoutGroups = refusal;
        groupVersion = refusal == null ? version : 0;
    }

    /** Why children run without memory groups; null if they run within. */
    @Nullable
    String withoutGroups() {
        return withoutGroups;
    }

    /** 1 or 2; 0 without. */
    int groupVersion() {
        return groupVersion;
    }

    /**
     * What a child did and what became of it.
     *
     * @param answer null if it failed
     * @param failure why, or null
     * @param peakMemory most resident memory of the process in bytes, or -1
     * @param group of its memory group
     */
    record Run<T>(@Nullable T answer, @Nullable String failure, long peakMemory, MemoryGroup.Figures group) {}

    /**
     * Runs a command.
     *
     * @param use talks to the child until the figures are to be read
     * @throws ChildFailedException if the child refused its input
     * @throws IOException if the program cannot be started, or its group not be made or removed
     */
    <T> Run<T> run(List<String> command, Function<JsonChild, T> use) throws IOException {
        JsonChild running = start(command);
        T answer = null;
        String failure = null;
        MemoryGroup.Figures figures = MemoryGroup.Figures.UNKNOWN;
        ProcessWatch watch = new ProcessWatch(running.pid());
        try (watch) {
            try (running) {
                answer = use.apply(running);
                watch.look();
            } catch (ChildFailedException e) {
                if (e.refused()) {
                    throw e;
                }
                failure = e.getMessage();
            }
            MemoryGroup entered = group();
            figures = entered == null ? MemoryGroup.Figures.UNKNOWN : entered.figures();
        } finally {
            finish();
        }
        if (failure != null && figures.kills() > 0) {
            failure += "; " + figures.kills() + " process(es) killed at the memory limit";
        }
        return new Run<>(answer, failure, watch.peakMemory(), figures);
    }

    private synchronized JsonChild start(List<String> command) throws IOException {
        if (ended) {
            throw new IOException("the benchmark was told to end");
        }
        MemoryGroup entered = withoutGroups == null ? groups.create(name + "-" + started++, limitBytes) : null;
        group = entered;
        boolean complete = false;
        try {
            JsonChild running = JsonChild.start(entered == null ? command : entered.enter(command));
            child = running;
            complete = true;
            return running;
        } finally {
            if (!complete) {
                finish();
            }
        }
    }

    private synchronized @Nullable MemoryGroup group() {
        return group;
    }

    private synchronized void finish() throws IOException {
        MemoryGroup entered = group;
        child = null;
        group = null;
        if (entered != null) {
            entered.close();
        }
    }

    /** From the thread that ends this process. */
    private synchronized void end() {
        ended = true;
        JsonChild running = child;
        if (running != null) {
            running.kill();
        }
        try {
            finish();
        } catch (IOException stays) {
            // nobody is left to tell
            return;
        }
    }

    @Override
    public void close() {
        end();
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException ending) {
            // it has run
            return;
        }
    }
}
