package io.specoffload.plan;

import io.specoffload.plan.Plan.Resource;
import io.specoffload.tensor.DType;
import java.util.Comparator;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Predicts a machine without an accelerator: both models compute on the host, and what does not fit into its memory
 * streams from disk. Not thread-safe: what settings that differ in staging alone have in common is computed once.
 */
public final class HostPolicyModel implements PolicyModel {

    private final MemoryShape memory;
    private final PassTime target;
    private final @Nullable PassTime draft;
    private final double diskBytesPerSecond;
    private final boolean serial;
    private @Nullable Work latest;

    /**
     * A model of a machine.
     *
     * @param memory what takes memory
     * @param target computing time of the target
     * @param draft computing time of the draft model; null where there is none
     * @param diskBytesPerSecond sustained direct reads; infinite where nothing can stream
     * @param serial whether reading rests while candidates are drafted
     */
    public HostPolicyModel(
            MemoryShape memory, PassTime target, @Nullable PassTime draft, double diskBytesPerSecond, boolean serial) {
        if (!(diskBytesPerSecond > 0)) {
            throw new IllegalArgumentException("diskBytesPerSecond is " + diskBytesPerSecond + ", but must be above 0");
        }
        this.memory = memory;
        this.target = target;
        this.draft = draft;
        this.diskBytesPerSecond = diskBytesPerSecond;
        this.serial = serial;
    }

    /** What a round computes, wherever weights lie. */
    private record Work(
            int slots,
            int groups,
            int candidates,
            int chunk,
            DType kvType,
            Demand demand,
            Load load,
            double compute,
            double draft,
            double computeWithoutPrompts,
            double computeWithChunk) {

        boolean of(Setting setting, Demand asked) {
            return slots == setting.slots()
                    && groups == setting.groups()
                    && candidates == setting.candidates()
                    && chunk == setting.prefillChunk()
                    && kvType == setting.kvType()
                    && demand.equals(asked);
        }
    }

    @Override
    public Optional<Prediction> predict(Setting setting, Demand demand) {
        return layout(setting).map(layout -> predict(setting, demand, layout, false));
    }

    @Override
    public Optional<Prediction> bound(Setting setting, Demand demand) {
        return layout(setting).map(layout -> predict(setting, demand, layout, true));
    }

    /** What rounds of a setting compute, for any number of rows; empty without a draft model, since other drafting is not foreseen. */
    public Optional<RoundForecast> forecast(Setting setting, Demand demand) {
        return Optional.ofNullable(draft)
                .map(drafting -> new RoundForecast(
                        setting.candidates(),
                        demand.acceptance(),
                        rows -> target.seconds(
                                rows, rows, demand.context(), Math.min(rows, setting.slots()), setting.kvType()),
                        sequences ->
                                drafting.seconds(sequences, sequences, demand.context(), sequences, setting.kvType())));
    }

    private Optional<MemoryShape.Layout> layout(Setting setting) {
        return setting.candidates() > 0 && draft == null ? Optional.empty() : memory.layout(setting);
    }

    private Work work(Setting setting, Demand demand) {
        Work known = latest;
        if (known == null || !known.of(setting, demand)) {
            Load load = Load.of(setting, demand, ExpectedTokens.independent(demand.acceptance(), setting.candidates()));
            known = new Work(
                    setting.slots(),
                    setting.groups(),
                    setting.candidates(),
                    setting.prefillChunk(),
                    setting.kvType(),
                    demand,
                    load,
                    compute(setting, load, demand, load.promptRows()),
                    draftSeconds(setting, demand, load),
                    compute(setting, load, demand, 0),
                    compute(setting, load, demand, setting.prefillChunk()));
            latest = known;
        }
        return known;
    }

    private double compute(Setting setting, Load load, Demand demand, double promptRows) {
        return target.seconds(
                load.logitRows() + promptRows, load.logitRows(), demand.context(), load.decoding(), setting.kvType());
    }

    /** @param unlimited whether reading never has to rest; deeper staging leaves less in memory, so that it reads more */
    private Prediction predict(Setting setting, Demand demand, MemoryShape.Layout layout, boolean unlimited) {
        Work work = work(setting, demand);
        return memory.readings(layout, work.load().rows()).stream()
                .map(reading -> predict(setting, layout, work, reading, unlimited))
                .min(Comparator.comparingDouble(Prediction::roundSeconds))
                .orElseThrow();
    }

    private Prediction predict(
            Setting setting, MemoryShape.Layout layout, Work work, MemoryShape.Reading reading, boolean unlimited) {
        double perSequence = ExpectedTokens.independent(work.demand().acceptance(), setting.candidates());
        double bytes = reading.bytes();
        double io = bytes == 0 ? 0 : bytes / diskBytesPerSecond;
        double awaited = bytes == 0 ? 0 : reading.awaitedBytes() / diskBytesPerSecond;
        double ahead = io - awaited;
        double staging = unlimited
                ? Double.POSITIVE_INFINITY
                : serial || ahead <= 0 ? 0 : Math.min(ahead, reading.stagedBytes() / diskBytesPerSecond);
        double round = round(setting, ahead, awaited, work.compute(), work.draft(), staging);
        double pause = round(setting, ahead, awaited, work.computeWithChunk(), work.draft(), staging)
                - round(setting, ahead, awaited, work.computeWithoutPrompts(), work.draft(), staging);
        double tokens = work.load().decoding() * perSequence;
        return new Prediction(
                setting,
                layout,
                io,
                work.compute(),
                work.draft(),
                round,
                tokens,
                tokens / round,
                round * setting.groups() / perSequence,
                setting.groups() == 1 && ahead > 0 ? Math.max(0, work.draft() - staging) : 0,
                pause,
                bytes,
                binding(io, awaited, work.compute(), work.draft(), round));
    }

    /**
     * @param ahead reading of a sweep that goes on under everything else
     * @param awaited reading that the verification waits for; another group may be drafted for meanwhile
     */
    private double round(
            Setting setting, double ahead, double awaited, double compute, double drafting, double staging) {
        return setting.groups() == 1
                ? awaited + OverlapModel.oneGroup(ahead, compute, drafting, staging, memory.layers())
                : Math.max(
                        awaited + OverlapModel.rotation(ahead, compute, 0, true),
                        OverlapModel.rotation(ahead, compute, drafting, true));
    }

    private double draftSeconds(Setting setting, Demand demand, Load load) {
        if (draft == null || setting.candidates() == 0) {
            return 0;
        }
        double step =
                draft.seconds(load.decoding(), load.decoding(), demand.context(), load.decoding(), setting.kvType());
        double prompts = load.promptRows() == 0
                ? 0
                : draft.seconds(load.promptRows(), 0, demand.promptLength() / 2.0, 1, setting.kvType());
        return setting.candidates() * step + prompts;
    }

    private static Resource binding(double io, double awaited, double compute, double drafting, double round) {
        boolean waits = awaited > 0 && io > Math.max(compute, drafting);
        if (io >= 0.9 * round || waits) {
            return Resource.DISK;
        }
        return drafting > compute ? Resource.DRAFT : Resource.COMPUTE;
    }

    /**
     * What the sequences of one group do in an average round: some decode, some have their prompts read.
     *
     * @param decoding sequences that decode
     * @param promptRows rows of prompts
     * @param rows of the pass
     * @param logitRows rows whose logits are wanted
     */
    private record Load(double decoding, double promptRows, double rows, double logitRows) {

        static Load of(Setting setting, Demand demand, double tokensPerSequence) {
            double sequences = (double) Math.min(setting.slots(), demand.sequences()) / setting.groups();
            double decodeRounds = demand.outputLength() / tokensPerSequence;
            // all prompts of the group share the chunk
            double promptRounds = Math.max(
                    Math.min(1, demand.promptLength()), sequences * demand.promptLength() / setting.prefillChunk());
            double share = decodeRounds / (decodeRounds + promptRounds);
            double decoding = sequences * share;
            double promptRows =
                    Math.min(setting.prefillChunk(), sequences * demand.promptLength() / (decodeRounds + promptRounds));
            double verified = decoding * (setting.candidates() + 1);
            return new Load(decoding, promptRows, verified + promptRows, verified);
        }
    }
}
