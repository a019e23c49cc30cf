package io.specoffload.plan;

/** Rates that differ from others in what an implementation overrides. */
public interface DerivedRates extends RoundRates {

    /** The others. */
    RoundRates rates();

    @Override
    default double ioSeconds(int rows) {
        return rates().ioSeconds(rows);
    }

    @Override
    default double stagingSeconds() {
        return rates().stagingSeconds();
    }

    @Override
    default int layers() {
        return rates().layers();
    }

    @Override
    default double computeSeconds(int rows) {
        return rates().computeSeconds(rows);
    }

    @Override
    default double draftSeconds(int sequences, int candidates) {
        return rates().draftSeconds(sequences, candidates);
    }

    @Override
    default double expectedTokens(int candidates) {
        return rates().expectedTokens(candidates);
    }

    @Override
    default boolean sharedCompute() {
        return rates().sharedCompute();
    }
}
