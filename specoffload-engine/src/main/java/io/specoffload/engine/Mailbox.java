package io.specoffload.engine;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.Executor;

/**
 * Runs tasks one at a time and in order on an executor, for as long as there are any. Posting never blocks: a slow
 * task holds up only those behind it.
 */
final class Mailbox {

    private final Executor executor;
    private final Queue<Runnable> tasks = new ArrayDeque<>();
    private boolean active;

    Mailbox(Executor executor) {
        this.executor = executor;
    }

    void post(Runnable task) {
        synchronized (tasks) {
            tasks.add(task);
            if (active) {
                return;
            }
            active = true;
        }
        executor.execute(this::drain);
    }

    private void drain() {
        while (true) {
            Runnable task;
            synchronized (tasks) {
                task = tasks.poll();
                if (task == null) {
                    active = false;
                    return;
                }
            }
            task.run();
        }
    }
}
