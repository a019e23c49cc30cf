package io.specoffload.pipeline;

import io.specoffload.plan.PolicyChooser;
import io.specoffload.plan.RoundRates;
import java.util.Locale;

/**
 * Chooses the candidate count of each round, 0 included: the one that promises most tokens per second from measured
 * survival counts and costs, so that speculation is never slower than doing without. Another count must promise 5% more
 * than the present one; what the gate does not use is tried again from time to time, at growing intervals, with as many sequences as
 * 2% of the time since the last trial pay for. If that is less than one, the trial waits, though not forever, and not where waiting makes it dearer. Decides only: no clock, no thread.
 */
final class SpeculationGate {

    /** For {@link #decide}: costs are known. */
    static final int MEASURED = -1;

    private static final double MARGIN = 1.05;
    /** Share of the time that trying other counts may cost. */
    private static final double PROBE_BUDGET = 0.02;

    /** Rounds within which it must pay that the draft model reads what it missed. */
    private static final int PAYS_WITHIN = 64;

    private static final int FIRST_INTERVAL = 16;

    /** Rounds after which one sequence drafts on trial even if that costs more than the budget. */
    private static final int PATIENCE = 128;

    private static final int LONGEST_INTERVAL = 512;
    /** Rounds of a probe for each group: in the first the draft model catches up, the second one is measured. */
    private static final int PROBE_ROUNDS = 2;
    /** Candidates with which a gate that has closed looks whether speculation pays again. */
    private static final int PROBE_CANDIDATES = 4;

    /** For a {@link Decision}: all sequences. */
    static final int ALL = Integer.MAX_VALUE;

    /**
     * What is in flight.
     *
     * @param groups in rotation
     * @param sequences of both groups
     * @param behind rows per sequence, on average, that the draft model has not seen
     */
    record Load(int groups, int sequences, double behind) {}

    /** Why a candidate count was chosen. */
    enum Reason {
        /** There is nothing to draft with, or nothing to draft for. */
        NO_DRAFT,
        /** The count is configured. */
        FIXED,
        /** Nothing has been measured yet. */
        FIRST,
        /** It promises most. */
        BEST,
        /** Nothing promises enough more than the count before. */
        KEPT,
        /** To learn what another count would bring. */
        PROBE
    }

    /**
     * A decision.
     *
     * @param count candidates per sequence
     * @param sequences of a group that get them, those first of which the draft model has seen most; {@link #ALL} if every one does
     * @param reason why
     * @param explanation the figures behind it
     */
    record Decision(int count, int sequences, Reason reason, String explanation) {
        static final Decision NONE = new Decision(0, Reason.NO_DRAFT, "nothing to draft");

        Decision(int count, Reason reason, String explanation) {
            this(count, ALL, reason, explanation);
        }

        /** One line for telemetry. */
        String describe() {
            return reason.name().toLowerCase(Locale.ROOT).replace('_', ' ')
                    + (explanation.isEmpty() ? "" : ": " + explanation);
        }
    }

    private final int max;
    private final boolean adaptive;
    private int current;
    private int interval = FIRST_INTERVAL;
    private int untilProbe = FIRST_INTERVAL;
    private int probing;
    private int probeCount;
    private int probeSequences = ALL;
    /** Rounds since the last probe, which are what the next one is paid from. */
    private int sinceProbe;

    private boolean probeDown;
    private boolean chosen;

    /** Whether the count in use was begun with not long ago, as a probe or because it promised most. */
    private boolean trying;

    /**
     * @param max largest candidate count
     * @param adaptive whether smaller ones may be chosen
     */
    SpeculationGate(int max, boolean adaptive) {
        this.max = max;
        this.adaptive = adaptive;
        this.current = max;
    }

    /** The count that is in use when nothing is probed. */
    int current() {
        return current;
    }

    /**
     * The count for the next draft.
     *
     * @param first the count as long as costs of a pass and of a draft are not known; {@link #MEASURED} if they are
     */
    Decision decide(Load load, RoundRates rates, int first) {
        sinceProbe++;
        if (max == 0) {
            return Decision.NONE;
        }
        if (!adaptive) {
            return new Decision(max, Reason.FIXED, "");
        }
        if (first != MEASURED) {
            current = Math.min(max, first);
            return new Decision(current, Reason.FIRST, "nothing measured yet");
        }
        if (probing > 0) {
            probing--;
            return new Decision(probeCount, probeSequences, Reason.PROBE, "goes on");
        }
        trying = false;
        PolicyChooser.Choice now = PolicyChooser.predict(load.groups(), current, load.sequences(), rates);
        PolicyChooser.Choice best = PolicyChooser.bestCandidates(load.groups(), max, load.sequences(), rates);
        if (best.candidates() != current && promise(best, load, rates) > MARGIN * now.tokensPerSecond()) {
            if (best.candidates() > current) {
                // the first pass of another size runs code that is not compiled yet: not to be judged by
                probeCount = best.candidates();
                probeSequences = ALL;
                probing = PROBE_ROUNDS * load.groups() - 1;
                trying = true;
            }
            current = best.candidates();
            chosen = true;
            rest(FIRST_INTERVAL);
            return new Decision(current, Reason.BEST, compare(best, now));
        }
        if (--untilProbe <= 0) {
            return probe(load, rates, now);
        }
        return new Decision(current, chosen ? Reason.KEPT : Reason.BEST, compare(now, best));
    }

    /** Tokens per second of a choice, with what the draft model has to read before the first of some rounds. */
    private double promise(PolicyChooser.Choice choice, Load load, RoundRates rates) {
        if (current > 0 || choice.candidates() == 0) {
            return choice.tokensPerSecond();
        }
        double missed = missedSeconds(load, rates) / PAYS_WITHIN;
        return choice.tokensPerSecond() * choice.roundSeconds() / (choice.roundSeconds() + missed);
    }

    /** Time for the draft model to read what it has missed of all sequences. */
    private static double missedSeconds(Load load, RoundRates rates) {
        return load.behind() * rates.draftSeconds(load.sequences(), 1);
    }

    /** Tries another count: more candidates, or none, in turn. */
    private Decision probe(Load load, RoundRates rates, PolicyChooser.Choice now) {
        probeDown = current > 0 && (!probeDown || current == max);
        probeCount = probeDown ? 0 : current == 0 ? Math.min(max, PROBE_CANDIDATES) : current + 1;
        int rounds = PROBE_ROUNDS * load.groups();
        PolicyChooser.Choice trial = PolicyChooser.predict(load.groups(), probeCount, load.sequences(), rates);
        // seconds that the probe's tokens would not have taken
        double tokens = trial.tokensPerSecond() * trial.roundSeconds();
        double lost = rounds * Math.max(0, trial.roundSeconds() - tokens / now.tokensPerSecond());
        double budget = PROBE_BUDGET * now.roundSeconds();
        probeSequences = ALL;
        if (current == 0) {
            double cost = (lost + missedSeconds(load, rates)) / load.sequences();
            double paid = Math.floor(budget * sinceProbe / cost);
            int wait = paid < 1 ? roundsToWait(cost, budget, load, rates) : 0;
            if (wait > 0) {
                untilProbe = wait;
                return new Decision(0, chosen ? Reason.KEPT : Reason.BEST, compare(now, trial));
            }
            double sequences = Math.clamp(paid, 1, load.sequences());
            probeSequences = sequences == load.sequences() ? ALL : Math.ceilDiv((int) sequences, load.groups());
            lost = cost * sequences;
        }
        probing = rounds - 1;
        trying = true;
        int affordable = (int) Math.min(LONGEST_INTERVAL * 8.0, Math.ceil(lost / budget));
        rest(Math.max(Math.min(LONGEST_INTERVAL, 2 * interval), affordable));
        sinceProbe = 0;
        return new Decision(probeCount, probeSequences, Reason.PROBE, compare(trial, now));
    }

    /**
     * Rounds until a probe of one sequence is paid for, or until patience ends. None if waiting makes it dearer, since the draft model misses a row more
     * in every round.
     */
    private int roundsToWait(double cost, double budget, Load load, RoundRates rates) {
        double dearer = rates.draftSeconds(load.sequences(), 1) / load.sequences();
        if (dearer >= budget) {
            return 0;
        }
        double rounds = Math.ceil((cost - budget * sinceProbe) / (budget - dearer));
        return (int) Math.min(PATIENCE - sinceProbe, rounds);
    }

    /**
     * A round took far less than one like it before. While a count is being tried, it is tried some more: its code is
     * still being compiled.
     */
    void goOn(int groups) {
        if (trying) {
            probing = Math.max(probing, groups);
        }
    }

    /** A probe cost {@code rounds} rounds' time beyond what was foreseen: the next one comes the later. */
    void charge(double rounds) {
        untilProbe = (int) Math.min(8.0 * LONGEST_INTERVAL, Math.max(untilProbe, rounds / PROBE_BUDGET));
    }

    private void rest(int rounds) {
        interval = Math.min(LONGEST_INTERVAL, rounds);
        untilProbe = rounds;
    }

    private static String compare(PolicyChooser.Choice one, PolicyChooser.Choice other) {
        return String.format(
                Locale.ROOT,
                "%d promise %.3g tokens/s, %d promise %.3g",
                one.candidates(),
                one.tokensPerSecond(),
                other.candidates(),
                other.tokensPerSecond());
    }
}
