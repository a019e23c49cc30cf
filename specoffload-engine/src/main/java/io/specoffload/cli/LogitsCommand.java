package io.specoffload.cli;

import io.specoffload.backend.Backend;
import io.specoffload.backend.cpu.CpuBackend;
import io.specoffload.backend.cpu.KernelChoice;
import io.specoffload.engine.EngineConfig;
import io.specoffload.engine.SingleModel;
import io.specoffload.execution.ForwardExecutor;
import io.specoffload.kv.KvSequence;
import io.specoffload.model.ForwardBatch;
import io.specoffload.model.Logits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Writes a model's logits after each of the given tokens: little-endian float32, [tokens][vocabulary]. */
@Command(
        name = "logits",
        description = "Writes the logits after each token: little-endian float32, [tokens][vocabulary].",
        mixinStandardHelpOptions = true)
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class LogitsCommand extends CliCommand {

    /** Rows per pass. */
    private static final int CHUNK = 64;

    /** Element types of the KV cache. */
    enum KvType {
        F32(EngineConfig.KvType.F32),
        F16(EngineConfig.KvType.F16);

        private final EngineConfig.KvType type;

        KvType(EngineConfig.KvType type) {
            this.type = type;
        }
    }

    @Option(names = "--model", required = true, paramLabel = "M.gguf", description = "the model file")
    private Path model;

    @Option(names = "--tokens", required = true, split = ",", paramLabel = "ID", description = "token ids, as they are")
    private List<Integer> tokens;

    @Option(names = "--out", required = true, paramLabel = "FILE.f32", description = "the file to write")
    private Path out;

    @Option(names = "--kernels", defaultValue = "auto", description = "scalar, vector or auto (default: auto)")
    private KernelChoice kernels;

    @Option(names = "--kv-type", defaultValue = "f32", description = "f32 or f16 (default: f32)")
    private KvType kvType;

    @Option(names = "--threads", defaultValue = "0", description = "compute threads (default: every core)")
    private int threads;

    @Option(
            names = "--memory-budget",
            paramLabel = "SIZE",
            converter = ByteSize.class,
            description = "memory for the model, its cache and buffers; what does not fit streams from disk"
                    + " (default: everything in memory)")
    private @Nullable Long memoryBudget;

    @Override
    void run() throws IOException {
        if (threads < 0) {
            throw new IllegalArgumentException("--threads is " + threads + ", but must be 0 or more");
        }
        try (Backend backend = backend();
                SingleModel loaded = SingleModel.open(config(), backend, tokens.size())) {
            int vocabulary = loaded.executor().vocabulary();
            checkTokens(vocabulary);
            write(loaded.executor());
            report(vocabulary, backend.description());
        }
    }

    private EngineConfig config() {
        return EngineConfig.builder(model)
                .contextLength(tokens.size())
                .slots(1)
                .candidates(0)
                .prefillChunk(CHUNK)
                .kvType(kvType.type)
                .memoryBudget(memoryBudget)
                .build();
    }

    private Backend backend() {
        int cores = Runtime.getRuntime().availableProcessors();
        try {
            return new CpuBackend(threads == 0 ? cores : threads, kernels);
        } catch (IllegalStateException e) {
            throw new IllegalArgumentException("--kernels: " + e.getMessage(), e);
        }
    }

    private void checkTokens(int vocabulary) {
        for (int token : tokens) {
            if (token < 0 || token >= vocabulary) {
                throw new IllegalArgumentException(
                        "--tokens: " + token + " is not an id of this model, whose ids are 0 to " + (vocabulary - 1));
            }
        }
    }

    /** A file that could not be written to its end is removed. */
    private void write(ForwardExecutor executor) throws IOException {
        boolean complete = false;
        try (FileChannel channel = FileChannel.open(
                        out,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING);
                KvSequence sequence = executor.kvCache().newSequence()) {
            ForwardBatch batch = new ForwardBatch();
            for (int from = 0; from < tokens.size(); from += CHUNK) {
                batch.clear();
                for (int token : tokens.subList(from, Math.min(tokens.size(), from + CHUNK))) {
                    batch.add(sequence, token, true);
                }
                writeRows(executor.forward(batch), channel);
            }
            complete = true;
        } finally {
            if (!complete) {
                Files.deleteIfExists(out);
            }
        }
    }

    private static void writeRows(Logits logits, FileChannel channel) throws IOException {
        ByteBuffer row =
                ByteBuffer.allocate(Math.multiplyExact(4, logits.vocabulary())).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < logits.rows(); i++) {
            row.clear();
            row.asFloatBuffer().put(logits.values(), logits.offset(i), logits.vocabulary());
            while (row.hasRemaining()) {
                channel.write(row);
            }
        }
    }

    private void report(int vocabulary, String backend) {
        if (json()) {
            Map<String, Object> report = new LinkedHashMap<>();
            report.put("tokens", tokens.size());
            report.put("vocabulary", vocabulary);
            report.put("out", out.toString());
            report.put("backend", backend);
            out().println(CliSupport.json(report));
        } else {
            out().printf(
                            Locale.ROOT,
                            "%d rows of %d logits written to %s by %s%n",
                            tokens.size(),
                            vocabulary,
                            out,
                            backend);
        }
    }
}
