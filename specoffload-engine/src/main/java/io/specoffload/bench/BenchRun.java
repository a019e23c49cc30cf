package io.specoffload.bench;

import io.specoffload.backend.cpu.PeakLoops;
import io.specoffload.bench.BenchResult.FirstToken;
import io.specoffload.bench.BenchResult.FixedCandidates;
import io.specoffload.bench.BenchResult.PeerFirstToken;
import io.specoffload.bench.BenchResult.Row;
import io.specoffload.bench.BenchResult.Speculation;
import io.specoffload.bench.BenchResult.Table;
import io.specoffload.bench.Subject.Operation;
import io.specoffload.engine.GenerationResult;
import io.specoffload.engine.SpecOffloadEngine;
import io.specoffload.format.GgufFile;
import io.specoffload.format.ModelFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs all measurements of a setting. Within a repetition every measurement is taken once of every subject, one subject
 * right after the other, so that whatever else the machine does falls on all of them; one repetition before warms up.
 */
public final class BenchRun {

    private static final double WARM_SECONDS = 1;
    private static final int MOST_WARM_ROUNDS = 50;
    private static final int ROOFLINE_WARM_ROUNDS = 10;

    private final BenchSettings settings;
    private final Consumer<String> progress;
    private final ModelWork work;
    private final EngineRuns engineRuns;

    /**
     * Prepares a run.
     *
     * @param progress told what is being measured
     * @throws IOException if the model cannot be read
     */
    public BenchRun(BenchSettings settings, Consumer<String> progress) throws IOException {
        this.settings = settings;
        this.progress = progress;
        try (ModelFile file = GgufFile.open(settings.target())) {
            this.work = ModelWork.of(file);
        }
        this.engineRuns = new EngineRuns(settings, new BenchTokens(work.vocabulary()));
    }

    /** A measurement to take. */
    private record Cell(Operation operation, int n) {}

    /** Measures. */
    public BenchResult run() throws IOException {
        int most = settings.threads().stream().mapToInt(Integer::intValue).max().orElseThrow();
        progress.accept("start to first token");
        double cold = engineRuns.firstToken(most);
        List<Table> tables = new ArrayList<>();
        for (int threads : settings.threads()) {
            tables.add(table(threads));
        }
        List<Speculation> speculation = new ArrayList<>();
        Path draft = settings.draft();
        if (draft != null) {
            for (int threads : settings.threads()) {
                progress.accept("speculation, " + threads + " threads");
                speculation.add(speculation(draft, threads));
            }
        }
        progress.accept("start to first token again");
        return new BenchResult(
                tables,
                speculation,
                firstToken(cold, most),
                ProcessMemory.of(ProcessHandle.current().pid()));
    }

    /** Each engine is opened anew every time; who goes first changes. */
    private FirstToken firstToken(double cold, int threads) throws IOException {
        int repetitions = settings.repetitions();
        double[] ours = new double[repetitions];
        double[] theirs = new double[repetitions];
        String peer = null;
        for (int i = 0; i < repetitions; i++) {
            if (i % 2 == 0) {
                ours[i] = engineRuns.firstToken(threads);
            }
            Path node = settings.nodePeer();
            if (node != null) {
                try (PeerProcess process = PeerProcess.node(node, settings, threads, work.vocabulary())) {
                    theirs[i] = process.firstToken(EngineRuns.PROMPT);
                    peer = process.name();
                }
            }
            if (i % 2 == 1) {
                ours[i] = engineRuns.firstToken(threads);
            }
        }
        return new FirstToken(
                cold,
                Samples.median(ours),
                peer == null ? null : new PeerFirstToken(Samples.median(theirs), Comparison.of(peer, ours, theirs)));
    }

    private List<Cell> cells() {
        List<Cell> cells = new ArrayList<>();
        settings.prefill().forEach(n -> cells.add(new Cell(Operation.PREFILL, n)));
        settings.verify().forEach(n -> cells.add(new Cell(Operation.VERIFY, n)));
        if (settings.decode() > 0) {
            cells.add(new Cell(Operation.DECODE, settings.decode()));
        }
        return cells;
    }

    private Table table(int threads) throws IOException {
        List<Subject> subjects = new ArrayList<>();
        try {
            subjects.add(new EngineSubject(settings.target(), threads, settings.context(), settings.kvType()));
            Path node = settings.nodePeer();
            if (node != null) {
                subjects.add(PeerProcess.node(node, settings, threads, work.vocabulary()));
            }
            if (!settings.peerCommand().isEmpty()) {
                subjects.add(PeerProcess.start(settings.peerCommand(), settings, threads, work.vocabulary()));
            }
            return measure(subjects, threads);
        } finally {
            subjects.forEach(Subject::close);
        }
    }

    private Table measure(List<Subject> subjects, int threads) {
        List<Cell> cells = cells();
        Roofline roofline =
                PeakLoops.vector().map(loops -> new Roofline(loops, threads)).orElse(null);
        try {
            progress.accept("warm-up, " + threads + " threads");
            Map<String, Boolean> same = new LinkedHashMap<>();
            int greedy = subjects.getFirst().greedyAfter(EngineRuns.PROMPT);
            for (Subject peer : subjects.subList(1, subjects.size())) {
                int theirs = peer.greedyAfter(EngineRuns.PROMPT);
                if (theirs >= 0) {
                    same.put(peer.name(), theirs == greedy);
                }
            }
            cells.forEach(cell -> subjects.forEach(subject -> warm(subject, cell)));
            int repetitions = settings.repetitions();
            double[][][] seconds = new double[cells.size()][subjects.size()][repetitions];
            double[] bandwidth = new double[repetitions];
            double[] flops = new double[repetitions];
            for (int i = 0; i < ROOFLINE_WARM_ROUNDS && roofline != null; i++) {
                roofline.measure();
            }
            for (int i = 0; i < repetitions; i++) {
                progress.accept("repetition " + (i + 1) + " of " + repetitions + ", " + threads + " threads");
                Roofline.Limits limits =
                        roofline == null ? new Roofline.Limits(Double.NaN, Double.NaN) : roofline.measure();
                bandwidth[i] = limits.bandwidth();
                flops[i] = limits.flops();
                for (int c = 0; c < cells.size(); c++) {
                    for (int s = 0; s < subjects.size(); s++) {
                        // who goes first changes
                        int subject = (s + i) % subjects.size();
                        seconds[c][subject][i] = seconds(subjects.get(subject), cells.get(c));
                    }
                }
            }
            Map<String, Long> memory = new LinkedHashMap<>();
            subjects.subList(1, subjects.size()).forEach(peer -> memory.put(peer.name(), peer.peakMemory()));
            return new Table(
                    threads,
                    Samples.median(bandwidth),
                    Samples.median(flops),
                    rows(cells, subjects, seconds),
                    memory,
                    same);
        } finally {
            if (roofline != null) {
                roofline.close();
            }
        }
    }

    private List<Row> rows(List<Cell> cells, List<Subject> subjects, double[][][] seconds) {
        List<Row> rows = new ArrayList<>();
        for (int c = 0; c < cells.size(); c++) {
            for (int s = 0; s < subjects.size(); s++) {
                Subject subject = subjects.get(s);
                if (subject.operations().contains(cells.get(c).operation())) {
                    Comparison comparison = s == 0 ? null : Comparison.of(subject.name(), seconds[c][0], seconds[c][s]);
                    rows.add(row(subject.name(), cells.get(c), seconds[c][s], comparison));
                }
            }
        }
        return rows;
    }

    private Row row(String subject, Cell cell, double[] seconds, @Nullable Comparison comparison) {
        double median = Samples.median(seconds);
        double[] rates = new double[seconds.length];
        for (int i = 0; i < rates.length; i++) {
            rates[i] = cell.n() / seconds[i];
        }
        double[] extremes = java.util.Arrays.stream(rates).sorted().toArray();
        double flops = work.flops(cell.n(), cell.operation() == Operation.PREFILL ? 1 : cell.n());
        // several rows share one reading of the weights, but of experts they may need others
        double bytes = switch (cell.operation()) {
            case DECODE -> (double) work.decodeBytes() * cell.n();
            case VERIFY -> work.hasExperts() ? Double.NaN : work.decodeBytes();
            case PREFILL -> Double.NaN;
        };
        return new Row(
                subject,
                cell.operation(),
                cell.n(),
                cell.n() / median,
                extremes[0],
                extremes[extremes.length - 1],
                flops / median,
                bytes / median,
                comparison);
    }

    private double seconds(Subject subject, Cell cell) {
        return subject.operations().contains(cell.operation())
                ? subject.seconds(cell.operation(), cell.n(), settings.depth())
                : Double.NaN;
    }

    /** Long enough for the compiler. */
    private void warm(Subject subject, Cell cell) {
        double spent = 0;
        for (int i = 0; i < MOST_WARM_ROUNDS && spent < WARM_SECONDS; i++) {
            spent += seconds(subject, cell);
            if (Double.isNaN(spent)) {
                return;
            }
        }
    }

    /** The engine's choice and every fixed number of candidates once in each repetition; who goes first changes. */
    private Speculation speculation(Path draft, int threads) {
        List<EngineRuns.Candidates> contenders = new ArrayList<>();
        contenders.add(new EngineRuns.Candidates(settings.candidates(), true));
        for (int fixed = 0; fixed <= settings.candidates(); fixed = Math.max(1, 2 * fixed)) {
            contenders.add(new EngineRuns.Candidates(fixed, false));
        }
        int repetitions = settings.repetitions();
        double[][] seconds = new double[contenders.size()][repetitions];
        long drafted = 0;
        long accepted = 0;
        List<SpecOffloadEngine> engines = new ArrayList<>();
        try {
            contenders.forEach(contender -> engines.add(engineRuns.open(draft, contender, threads)));
            engines.forEach(engineRuns::generate);
            for (int i = 0; i < repetitions; i++) {
                for (int c = 0; c < engines.size(); c++) {
                    int who = (c + i) % engines.size();
                    GenerationResult result = engineRuns.generate(engines.get(who));
                    seconds[who][i] = 1 / EngineRuns.decodeRate(result);
                    if (who == 0) {
                        drafted += result.usage().drafted();
                        accepted += result.usage().accepted();
                    }
                }
            }
        } finally {
            engines.forEach(SpecOffloadEngine::close);
        }
        List<FixedCandidates> fixed = new ArrayList<>();
        for (int c = 1; c < seconds.length; c++) {
            int candidates = contenders.get(c).most();
            fixed.add(new FixedCandidates(
                    candidates,
                    1 / Samples.median(seconds[c]),
                    Comparison.of(candidates + " candidates", seconds[0], seconds[c])));
        }
        return new Speculation(
                threads,
                1 / Samples.median(seconds[0]),
                drafted == 0 ? 0 : (double) accepted / drafted,
                (double) drafted / repetitions / (EngineRuns.GENERATED - 1),
                fixed);
    }
}
