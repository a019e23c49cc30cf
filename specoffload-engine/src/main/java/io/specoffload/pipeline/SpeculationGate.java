package io.specoffload.pipeline;

import io.specoffload.plan.PolicyChooser;
import io.specoffload.plan.RoundRates;
import java.util.Locale;

/**
 * Chooses the candidate count of each round, 0 included: the one that promises most tokens per second from measured
 * survival counts and costs, so that speculation is never slower than doing without. Another count must promise 5% more
 * than the present one, or 2% more for a while. What promises less, but is known so little that it may be better, is tried at
 * growing intervals when 2% of the time since the last trial pay for it; where nothing is drafted, so is drafting, with as many
 * sequences as that pays for. Decides only: no clock, no thread.
 */
final class SpeculationGate {

    /** For {@link #decide}: costs are known. */
    static final int MEASURED = -1;

    private static final double MARGIN = 1.05;

    /** What another count must promise more in each of so many rounds in a row, to be taken all the same. */
    private static final double SMALL_MARGIN = 1.02;

    private static final int PERSISTENT = 16;

    /** Share of the time that trying other counts may cost. */
    private static final double PROBE_BUDGET = 0.02;

    /** Rounds within which it must pay that the draft model reads what it missed. */
    private static final int PAYS_WITHIN = 64;

    /** Rows that the draft model reads at once of what it missed. */
    private static final int MISSED_ROWS = 32;

    private static final int FIRST_INTERVAL = 16;

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

    /** What the latest probe was expected to cost, in rounds' time. */
    private double paidRounds;

    private boolean chosen;

    /** Rounds in a row in which another count promised more by the small margin. */
    private int surpassed;

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
        double gain = best.candidates() == current ? 1 : promise(best, load, rates) / now.tokensPerSecond();
        surpassed = gain > SMALL_MARGIN ? surpassed + 1 : 0;
        if (gain > MARGIN || surpassed >= PERSISTENT) {
            surpassed = 0;
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
        return kept(now, best);
    }

    /** Tokens per second of a choice, with what the draft model has to read before the first of some rounds. */
    private double promise(PolicyChooser.Choice choice, Load load, RoundRates rates) {
        if (current > 0 || choice.candidates() == 0) {
            return choice.tokensPerSecond();
        }
        double missed = missedSeconds(load, rates) / PAYS_WITHIN;
        return choice.tokensPerSecond() * choice.roundSeconds() / (choice.roundSeconds() + missed);
    }

    /** Time for the draft model to read what it has missed of all sequences, in passes of many rows. */
    private static double missedSeconds(Load load, RoundRates rates) {
        double rows = load.behind() * load.sequences();
        int together = (int) Math.clamp(rows, 1, MISSED_ROWS);
        return rows / together * rates.draftSeconds(together, 1);
    }

    /** Tries another count, if there is one worth trying and the time since the last probe pays for it. */
    private Decision probe(Load load, RoundRates rates, PolicyChooser.Choice now) {
        int count = countToTry(load, rates, now);
        PolicyChooser.Choice trial = PolicyChooser.predict(load.groups(), count, load.sequences(), rates);
        if (count == current) {
            rest(FIRST_INTERVAL);
            return kept(now, trial);
        }
        int rounds = PROBE_ROUNDS * load.groups();
        // seconds that the probe's tokens would not have taken
        double tokens = trial.tokensPerSecond() * trial.roundSeconds();
        double lost = rounds * Math.max(0, trial.roundSeconds() - tokens / now.tokensPerSecond());
        // single sequences can begin to draft, but not stop it: the draft model would fall behind
        int parts = current == 0 ? load.sequences() : 1;
        double cost = (current == 0 ? lost + missedSeconds(load, rates) : lost) / parts;
        double budget = PROBE_BUDGET * now.roundSeconds();
        double paid = Math.floor(budget * sinceProbe / cost);
        if (paid < 1) {
            // of a lone sequence perhaps never, if the draft model takes long for what it misses meanwhile: then of a
            // later one
            return kept(now, trial);
        }
        double taken = Math.clamp(paid, 1, parts);
        probeCount = count;
        probeSequences = taken == parts ? ALL : Math.ceilDiv((int) taken, load.groups());
        paidRounds = cost * taken / now.roundSeconds();
        probing = rounds - 1;
        trying = true;
        restLonger();
        sinceProbe = 0;
        return new Decision(probeCount, probeSequences, Reason.PROBE, compare(trial, now));
    }

    /**
     * The count that may be better than the present one, in view of how little is known of it; the present count if there is
     * none.
     */
    private int countToTry(Load load, RoundRates rates, PolicyChooser.Choice now) {
        if (current == 0) {
            // how often candidates are right is known only where there are some
            return Math.min(max, PROBE_CANDIDATES);
        }
        RoundRates hopeful = rates.hopeful();
        PolicyChooser.Choice best = now;
        for (int count = 0; count <= max; count++) {
            PolicyChooser.Choice choice = PolicyChooser.predict(load.groups(), count, load.sequences(), hopeful);
            if (count != current && choice.tokensPerSecond() > best.tokensPerSecond()) {
                best = choice;
            }
        }
        return best.candidates();
    }

    private Decision kept(PolicyChooser.Choice now, PolicyChooser.Choice other) {
        return new Decision(current, chosen ? Reason.KEPT : Reason.BEST, compare(now, other));
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

    /** A probe cost {@code rounds} rounds' time: if that is more than was paid for it, the next one comes the later. */
    void charge(double rounds) {
        double later = (rounds - paidRounds) / PROBE_BUDGET;
        untilProbe = (int) Math.min(8.0 * LONGEST_INTERVAL, Math.max(untilProbe, later));
    }

    private void restLonger() {
        rest(Math.min(LONGEST_INTERVAL, 2 * interval));
    }

    private void rest(int rounds) {
        interval = rounds;
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
