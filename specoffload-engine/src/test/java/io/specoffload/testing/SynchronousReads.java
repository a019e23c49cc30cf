package io.specoffload.testing;

import io.specoffload.store.PieceReader;
import io.specoffload.store.ReadQueue;
import io.specoffload.store.Transfer;

/** Reads at once, in the thread that asks: what is read ahead is there when it is needed, and nothing depends on time. */
public record SynchronousReads(PieceReader reader) implements ReadQueue {

    @Override
    public void submit(Transfer transfer, boolean urgent) {
        transfer.pieces().forEach(reader::run);
    }

    @Override
    public void hurry(Transfer transfer) {
        // nothing waits
    }

    @Override
    public void pause() {
        // reads are over when they have been asked for
    }

    @Override
    public void resume() {
        // nothing was put off
    }

    @Override
    public void close() {
        // nothing runs
    }
}
