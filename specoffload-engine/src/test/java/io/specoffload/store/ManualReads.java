package io.specoffload.store;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/** Reads when told to, in the calling thread: time passes only by calls. */
final class ManualReads implements ReadQueue {

    private final PieceReader reader;
    private final Deque<Transfer.Piece> queue = new ArrayDeque<>();
    private final List<Long> positions = new ArrayList<>();
    private boolean automatic;

    ManualReads(PieceReader reader) {
        this.reader = reader;
    }

    @Override
    public void submit(Transfer transfer, boolean urgent) {
        if (urgent) {
            List<Transfer.Piece> pieces = new ArrayList<>(transfer.pieces()).reversed();
            pieces.forEach(queue::addFirst);
        } else {
            queue.addAll(transfer.pieces());
        }
        if (automatic) {
            readAll();
        }
    }

    @Override
    public void hurry(Transfer transfer) {
        List<Transfer.Piece> moved =
                queue.stream().filter(piece -> piece.owner() == transfer).toList();
        queue.removeAll(moved);
        moved.reversed().forEach(queue::addFirst);
    }

    @Override
    public void pause() {
        // the test says when what is read
    }

    @Override
    public void resume() {
        // the test says when what is read
    }

    /** From now on every read is done at once. */
    void automatic() {
        automatic = true;
        readAll();
    }

    /** Reads the next piece; says whether there was one. */
    boolean readOne() {
        Transfer.Piece piece = queue.poll();
        if (piece == null) {
            return false;
        }
        if (piece.owner().wanted()) {
            positions.add(piece.position());
        }
        reader.run(piece);
        return true;
    }

    void readAll() {
        while (readOne()) {
            continue;
        }
    }

    int queued() {
        return queue.size();
    }

    /** Where pieces were read, in order, since the last call. */
    List<Long> takePositions() {
        List<Long> taken = List.copyOf(positions);
        positions.clear();
        return taken;
    }

    @Override
    public void close() {
        queue.forEach(piece -> piece.owner().cancel());
        readAll();
    }
}
