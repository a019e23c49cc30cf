package io.specoffload.bench;

import io.specoffload.bench.StreamedResult.Row;
import io.specoffload.bench.StreamedResult.Spread;
import io.specoffload.format.GgufFile;
import io.specoffload.format.ModelFile;
import io.specoffload.io.PageCache;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Compares this engine with and without a draft model, and with llama.cpp, on a model that memory does not hold. Every
 * run is a process of its own, in a memory group of its own where one can be made, and begins with none of the models'
 * pages in the page cache; the disk's bandwidth is measured between the runs. Within a repetition every contender runs
 * once, one after the other; who goes first changes.
 */
public final class StreamedComparison {

    /** More than this of a model in the page cache before a run is worth a remark. */
    private static final double CACHED_SHARE = 0.02;

    private final StreamedSettings settings;
    private final Consumer<String> progress;
    private final Path root;

    /**
     * Prepares comparisons.
     *
     * @param progress told what is being measured
     */
    public StreamedComparison(StreamedSettings settings, Consumer<String> progress) {
        this(settings, progress, Path.of("/"));
    }

    StreamedComparison(StreamedSettings settings, Consumer<String> progress, Path root) {
        this.settings = settings;
        this.progress = progress;
        this.root = root;
    }

    /**
     * Compares on one target model.
     *
     * @throws IOException if the model cannot be read, or a process not be started
     */
    public StreamedResult run(Path target) throws IOException {
        int vocabulary;
        try (ModelFile file = GgufFile.open(target)) {
            vocabulary = ModelWork.of(file).vocabulary();
        }
        Path folder = Files.createTempDirectory("specoffload-bench");
        try (ChildRuns children = new ChildRuns(root, settings.memoryLimit());
                DirectReads disk = new DirectReads(target)) {
            String reason = children.withoutGroups();
            if (reason != null) {
                progress.accept("no memory group could be made: " + reason);
            }
            return compare(target, contenders(target, new BenchTokens(vocabulary), folder), children, disk);
        } finally {
            delete(folder);
        }
    }

    private List<Contender> contenders(Path target, BenchTokens tokens, Path folder) throws IOException {
        List<Contender> contenders = new ArrayList<>();
        Path draft = settings.draft();
        List<@Nullable Path> drafts = new ArrayList<>();
        drafts.add(null);
        if (draft != null) {
            drafts.add(draft);
        }
        for (Path with : drafts) {
            contenders.add(
                    settings.batch() > 0
                            ? new BatchContender(settings, target, with, tokens, folder)
                            : new EngineContender(settings, target, with, tokens));
        }
        Path node = settings.nodePeer();
        if (node != null) {
            for (Path with : drafts) {
                contenders.add(new NodeContender(settings, node, target, with, tokens));
            }
        }
        return contenders;
    }

    private StreamedResult compare(Path target, List<Contender> contenders, ChildRuns children, DirectReads disk)
            throws IOException {
        List<Path> files = parts(target);
        Set<String> remarks = new LinkedHashSet<>();
        List<List<StreamedRun>> runs = new ArrayList<>();
        contenders.forEach(contender -> runs.add(new ArrayList<>()));
        List<Double> bandwidths = new ArrayList<>();
        for (int i = 0; i < settings.repetitions(); i++) {
            for (int c = 0; c < contenders.size(); c++) {
                int who = (c + i) % contenders.size();
                Contender contender = contenders.get(who);
                forget(files, remarks);
                bandwidths.add(disk.measure());
                ChildRuns.Run<RunFigures> child =
                        children.run(contender.command(), process -> contender.read(contender.work(process)));
                StreamedRun run = new StreamedRun(child.answer(), child, cached(files));
                runs.get(who).add(run);
                progress.accept(progress(i, contender, run, bandwidths.getLast()));
            }
        }
        forget(files, remarks);
        bandwidths.add(disk.measure());
        Spread direct =
                Spread.of(bandwidths.stream().mapToDouble(Double::doubleValue).toArray());
        List<Integer> reference = runs.getFirst().stream()
                .map(StreamedRun::figures)
                .filter(Objects::nonNull)
                .map(RunFigures::output)
                .findFirst()
                .orElse(List.of());
        List<Row> rows = new ArrayList<>();
        for (int c = 0; c < contenders.size(); c++) {
            rows.add(StreamedRows.row(contenders.get(c), runs.get(c), direct.median(), settings.readRate(), reference));
        }
        long bytes = 0;
        for (Path file : files) {
            bytes += Files.size(file);
        }
        return new StreamedResult(
                target,
                bytes,
                children.groupVersion(),
                children.withoutGroups(),
                direct,
                rows,
                StreamedRows.ratios(contenders, runs),
                List.copyOf(remarks));
    }

    private String progress(int repetition, Contender contender, StreamedRun run, double direct) {
        String failure = run.child().failure();
        return "repetition " + (repetition + 1) + " of " + settings.repetitions() + ": " + contender.name() + ": "
                + (failure != null
                        ? failure
                        : String.format(Locale.ROOT, "%.2f tokens/s", run.tokensPerSecond())
                                + String.format(Locale.ROOT, ", direct reads before %.2f GB/s", direct / 1e9));
    }

    /** Empties the page cache of the models. */
    private void forget(List<Path> target, Set<String> remarks) throws IOException {
        List<Path> files = new ArrayList<>(target);
        Path draft = settings.draft();
        if (draft != null) {
            files.addAll(parts(draft));
        }
        for (Path file : files) {
            if (!PageCache.drop(file)) {
                remarks.add("the page cache could not be asked to forget the models");
            } else if (PageCache.residentBytes(file) > CACHED_SHARE * Files.size(file)) {
                remarks.add("the page cache kept some of " + file + " before a run: another process has it mapped,"
                        + " or its file system keeps everything in memory");
            }
        }
    }

    private static long cached(List<Path> files) throws IOException {
        long bytes = 0;
        for (Path file : files) {
            long resident = PageCache.residentBytes(file);
            if (resident < 0) {
                return -1;
            }
            bytes += resident;
        }
        return bytes;
    }

    /** All files of a checkpoint that is split in {@code NAME-00001-of-0000N.gguf} and so on. */
    static List<Path> parts(Path first) throws IOException {
        String name = String.valueOf(first.getFileName());
        String prefix = name.replaceFirst("-\\d{5}-of-\\d{5}\\.gguf$", "");
        if (prefix.equals(name)) {
            return List.of(first);
        }
        String suffix = name.substring(name.length() - "-of-00000.gguf".length());
        Path folder = first.toAbsolutePath().getParent();
        try (Stream<Path> siblings = Files.list(Objects.requireNonNull(folder))) {
            return siblings.filter(file -> {
                        String other = String.valueOf(file.getFileName());
                        return other.length() == name.length()
                                && other.startsWith(prefix + "-")
                                && other.endsWith(suffix);
                    })
                    .sorted()
                    .toList();
        }
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        }
    }
}
