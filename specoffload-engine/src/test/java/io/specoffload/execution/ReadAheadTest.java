package io.specoffload.execution;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.kv.KvSequence;
import io.specoffload.model.ForwardBatch;
import io.specoffload.store.PieceReader;
import io.specoffload.store.ReadQueue;
import io.specoffload.store.ReadThreads;
import io.specoffload.store.StoreSettings;
import io.specoffload.store.Transfer;
import io.specoffload.testing.OffloadedEngine;
import io.specoffload.testing.OffloadedEngine.Options;
import io.specoffload.testing.ReferenceModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** When weights are read: between passes too, or only while one runs. */
class ReadAheadTest {

    /** Threads that read, and when they were told to rest. */
    private record Watched(ReadThreads threads, List<String> told) implements ReadQueue {

        Watched(PieceReader reader, List<String> told) {
            this(new ReadThreads(2, reader), told);
        }

        boolean resting() {
            return !told.isEmpty() && told.getLast().equals("pause");
        }

        @Override
        public void submit(Transfer transfer, boolean urgent) {
            threads.submit(transfer, urgent);
        }

        @Override
        public void hurry(Transfer transfer) {
            threads.hurry(transfer);
        }

        @Override
        public void pause() {
            told.add("pause");
            threads.pause();
        }

        @Override
        public void resume() {
            told.add("resume");
            threads.resume();
        }

        @Override
        public void close() {
            threads.close();
        }
    }

    @ParameterizedTest
    @EnumSource(ReadAhead.class)
    void readingRestsBetweenPassesIfItMayOnlyGoOnDuringThem(ReadAhead readAhead) throws IOException {
        ReferenceModel model = ReferenceModel.all("").getFirst();
        Options options = new Options(0, 0, StoreSettings.DEFAULT_PIECE_BYTES, 2, readAhead);
        boolean rests = readAhead == ReadAhead.DURING_PASSES;
        List<String> told = Collections.synchronizedList(new ArrayList<>());
        List<Watched> queues = new ArrayList<>();
        try (OffloadedEngine plain = new OffloadedEngine(model.gguf(), KernelChoice.VECTOR, Options.LEAST);
                OffloadedEngine engine = new OffloadedEngine(
                        model.gguf(), KernelChoice.VECTOR, options, ExpertPredictor.NONE, reader -> {
                            queues.add(new Watched(reader, told));
                            return queues.getFirst();
                        });
                KvSequence sequence = engine.cache().newSequence();
                KvSequence same = plain.cache().newSequence()) {
            for (int pass = 0; pass < 3; pass++) {
                assertThat(queues.getFirst().resting()).isEqualTo(rests);
                told.clear();
                assertThat(engine.forward(sequence, pass, 3)).isEqualTo(plain.forward(same, pass, 3));
                assertThat(told).isEqualTo(rests ? List.of("resume", "pause") : List.of("resume"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void readingRestsAfterAPassThatFailed(boolean token) throws IOException {
        ReferenceModel model = ReferenceModel.all("").getFirst();
        Options options = new Options(0, 0, StoreSettings.DEFAULT_PIECE_BYTES, 2, ReadAhead.DURING_PASSES);
        List<Watched> queues = new ArrayList<>();
        try (OffloadedEngine engine = new OffloadedEngine(
                        model.gguf(), KernelChoice.VECTOR, options, ExpertPredictor.NONE, reader -> {
                            queues.add(new Watched(reader, Collections.synchronizedList(new ArrayList<>())));
                            return queues.getFirst();
                        });
                KvSequence sequence = engine.cache().newSequence()) {
            ForwardBatch batch = new ForwardBatch();
            int rows = token ? 1 : 100 * engine.cache().pagePositions();
            for (int i = 0; i < rows; i++) {
                batch.add(sequence, token ? model.vocabulary() : 1, false);
            }
            assertThatThrownBy(() -> engine.executor().forward(batch)).isInstanceOf(RuntimeException.class);
            assertThat(queues.getFirst().resting()).isTrue();
        }
    }
}
