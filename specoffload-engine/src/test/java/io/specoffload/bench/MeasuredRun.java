package io.specoffload.bench;

import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.GenerationRequest;
import io.specoffload.engine.Prompt;
import io.specoffload.engine.SpecOffloadEngine;
import io.specoffload.io.AlignedBuffer;
import java.nio.file.Path;
import java.util.Objects;

/**
 * Generates with streamed weights and a draft model, and prints the memory that was planned, is accounted for, is
 * measured, and is measured with some more that is not accounted for.
 */
final class MeasuredRun {

    static final String FIGURES = "figures:";
    static final long EXTRA = 8 << 20;

    private MeasuredRun() {}

    /** Arguments: target, draft, budget. */
    public static void main(String[] arguments) {
        EngineConfig config = EngineConfig.builder(Path.of(arguments[0]))
                .draftModel(Path.of(arguments[1]))
                .memoryBudget(Long.parseLong(arguments[2]))
                .contextLength(1024)
                .slots(1)
                .prefillChunk(32)
                .candidates(2)
                .threads(1)
                .build();
        try (SpecOffloadEngine engine = SpecOffloadEngine.open(config)) {
            engine.generate(GenerationRequest.builder(new Prompt.Text("as much memory as it says, and no more of it"))
                    .maxTokens(24)
                    .ignoreEos(true)
                    .build());
            if (!engine.memory().streams()) {
                throw new IllegalStateException("nothing streams");
            }
            long accounted = engine.nativeMemory().values().stream()
                    .mapToLong(Long::longValue)
                    .sum();
            // the first look takes memory itself
            MemoryAudit first = Objects.requireNonNull(MemoryAudit.take());
            System.out.println(first.engine());
            MemoryAudit audit = Objects.requireNonNull(MemoryAudit.take());
            System.out.println(engine.memory().items());
            System.out.println(engine.nativeMemory());
            System.out.println(audit);
            try (AlignedBuffer extra = AlignedBuffer.allocate(EXTRA)) {
                extra.segment().fill((byte) 1);
                MemoryAudit more = Objects.requireNonNull(MemoryAudit.take());
                System.out.println(FIGURES + " " + engine.memory().totalBytes() + " " + accounted + " " + audit.engine()
                        + " " + more.engine());
            }
        }
    }
}
