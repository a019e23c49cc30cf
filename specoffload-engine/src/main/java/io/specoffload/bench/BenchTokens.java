package io.specoffload.bench;

/** The tokens that every subject processes: spread over the vocabulary, without control and byte tokens at its start. */
record BenchTokens(int vocabulary) {

    private static final int FIRST = 259;

    int at(int position) {
        int first = vocabulary > 2 * FIRST ? FIRST : 0;
        return first + (int) (position * 7919L % (vocabulary - first));
    }

    int[] range(int from, int count) {
        int[] tokens = new int[count];
        for (int i = 0; i < count; i++) {
            tokens[i] = at(from + i);
        }
        return tokens;
    }
}
