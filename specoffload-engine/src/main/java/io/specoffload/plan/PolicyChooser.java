package io.specoffload.plan;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Picks the number of groups, the candidate count and the staging depth that promise most tokens per second. */
public final class PolicyChooser {

    private PolicyChooser() {}

    /**
     * A way to run and its promise.
     *
     * @param groups 1 or 2
     * @param candidates per sequence and round
     * @param roundSeconds predicted
     * @param tokensPerSecond predicted
     */
    public record Choice(int groups, int candidates, double roundSeconds, double tokensPerSecond) {}

    /** The promise of {@code groups} groups and {@code candidates} candidates with {@code sequences} in flight. */
    public static Choice predict(int groups, int candidates, int sequences, RoundRates rates) {
        int group = Math.ceilDiv(sequences, groups);
        double draft = candidates == 0 ? 0 : rates.draftSeconds(group, candidates);
        double seconds = roundSeconds(groups, group * (candidates + 1), draft, rates);
        double tokens = (double) sequences / groups * rates.expectedTokens(candidates);
        return new Choice(groups, candidates, seconds, tokens / seconds);
    }

    /** The time of a round whose pass has {@code rows} rows, prompts included. */
    public static double roundSeconds(int groups, int rows, double draftSeconds, RoundRates rates) {
        double io = rates.ioSeconds(rows);
        double compute = rates.computeSeconds(rows);
        return groups == 1
                ? OverlapModel.oneGroup(io, compute, draftSeconds, rates.stagingSeconds(), rates.layers())
                : OverlapModel.rotation(io, compute, draftSeconds, rates.sharedCompute());
    }

    /** The best candidate count from 0 to {@code maxCandidates} for a given number of groups; the smallest of equals. */
    public static Choice bestCandidates(int groups, int maxCandidates, int sequences, RoundRates rates) {
        Choice best = predict(groups, 0, sequences, rates);
        for (int n = 1; n <= maxCandidates; n++) {
            Choice choice = predict(groups, n, sequences, rates);
            if (choice.tokensPerSecond() > best.tokensPerSecond()) {
                best = choice;
            }
        }
        return best;
    }

    /** The best of one and two groups, one if they promise the same. A lone sequence has no second group. */
    public static Choice best(int maxCandidates, int sequences, RoundRates rates) {
        Choice one = bestCandidates(1, maxCandidates, sequences, rates);
        if (sequences < 2) {
            return one;
        }
        Choice two = bestCandidates(2, maxCandidates, sequences, rates);
        return two.tokensPerSecond() > one.tokensPerSecond() ? two : one;
    }

    /**
     * Weights that stream through a fixed amount of fast memory, which a resident part of every layer shares with the
     * staging buffers.
     *
     * @param layers L
     * @param layerBytes bytes of one layer
     * @param memoryBytes fast memory for resident parts and staging together
     * @param bytesPerSecond of the link
     */
    public record Stream(int layers, double layerBytes, double memoryBytes, double bytesPerSecond) {

        /** Share of every layer that can stay resident beside {@code staging} staging buffers of the other part. */
        public double residentShare(int staging) {
            if (staging >= layers) {
                return memoryBytes >= layers * layerBytes ? 1 : 0;
            }
            double share = (memoryBytes / layerBytes - staging) / (layers - staging);
            return Math.clamp(share, 0, 1);
        }

        /** Whether staging buffers alone fit. */
        public boolean fits(int staging) {
            return memoryBytes >= Math.min(staging, layers) * layerBytes * (1 - residentShare(staging));
        }

        /** Streaming time of one sweep in seconds. */
        public double ioSeconds(int staging) {
            return layers * (1 - residentShare(staging)) * layerBytes / bytesPerSecond;
        }
    }

    /**
     * A choice with its staging depth.
     *
     * @param stagingLayers staging buffers, at least 2
     * @param residentShare share of every layer that stays resident
     */
    public record Staged(Choice choice, int stagingLayers, double residentShare) {}

    /**
     * Searches staging depths from 2 to all layers too: deeper staging hides more drafting, but makes less of every
     * layer resident.
     *
     * @param rates everything but the stream's times
     */
    public static Staged best(int maxCandidates, int sequences, RoundRates rates, Stream stream) {
        List<Staged> options = new ArrayList<>();
        for (int staging = Math.min(2, stream.layers()); staging <= stream.layers(); staging++) {
            if (stream.fits(staging)) {
                Choice choice = best(maxCandidates, sequences, new Streaming(rates, stream, staging));
                options.add(new Staged(choice, staging, stream.residentShare(staging)));
            }
        }
        return options.stream()
                .max(Comparator.comparingDouble(
                                (Staged option) -> option.choice().tokensPerSecond())
                        .thenComparing(
                                Comparator.comparingInt(Staged::stagingLayers).reversed()))
                .orElseThrow(() -> new IllegalArgumentException("two staging buffers of "
                        + (long) stream.layerBytes() + " bytes do not fit " + (long) stream.memoryBytes()
                        + " bytes: give more memory, or use a model with smaller layers"));
    }

    /** The same rates over another stream. */
    private record Streaming(RoundRates rates, Stream stream, int staging) implements DerivedRates {

        @Override
        public double ioSeconds(int rows) {
            return stream.ioSeconds(staging);
        }

        @Override
        public double stagingSeconds() {
            // one buffer is being computed on, the others fill while drafting
            return stream.ioSeconds(staging) * Math.min(staging, stream.layers()) / stream.layers();
        }

        @Override
        public int layers() {
            return stream.layers();
        }
    }
}
