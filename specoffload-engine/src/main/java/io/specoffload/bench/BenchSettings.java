package io.specoffload.bench;

import io.specoffload.tensor.DType;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is to be measured.
 *
 * @param target the model's file
 * @param draft a draft model's file, for speculation on and off; or null
 * @param prefill prompt lengths
 * @param verify rows per pass
 * @param decode tokens that are decoded one by one; 0 for none
 * @param depth tokens in the cache before decode and verify
 * @param threads numbers of threads
 * @param leastContext positions per sequence, or null for as many as needed
 * @param candidates per round, with speculation
 * @param repetitions interleaved rounds that count
 * @param kvType element type of the KV cache
 * @param groups of sequences in rotation where the engine generates: auto, 1 or 2
 * @param nodePeer folder where node-llama-cpp is installed, or null
 * @param peerCommand starts another peer that speaks the protocol of {@link PeerProcess}; empty for none
 */
public record BenchSettings(
        Path target,
        @Nullable Path draft,
        List<Integer> prefill,
        List<Integer> verify,
        int decode,
        int depth,
        List<Integer> threads,
        @Nullable Integer leastContext,
        int candidates,
        int repetitions,
        DType kvType,
        String groups,
        @Nullable Path nodePeer,
        List<String> peerCommand) {

    public BenchSettings {
        prefill = List.copyOf(prefill);
        verify = List.copyOf(verify);
        threads = List.copyOf(threads);
        peerCommand = List.copyOf(peerCommand);
        positive("prefill", prefill);
        positive("verify", verify);
        positive("threads", threads);
        positive("repetitions", List.of(repetitions));
        positive("depth", List.of(depth));
        positive("candidates", List.of(candidates));
        if (decode < 0) {
            throw new IllegalArgumentException("decode is " + decode + ", but must be 0 or more");
        }
        if (threads.isEmpty() || prefill.isEmpty() && verify.isEmpty() && decode == 0) {
            throw new IllegalArgumentException("there is nothing to measure");
        }
    }

    private static void positive(String name, List<Integer> values) {
        for (int value : values) {
            if (value < 1) {
                throw new IllegalArgumentException(name + " is " + value + ", but must be at least 1");
            }
        }
    }

    /** Positions that the longest measurement needs. */
    int context() {
        int longest = prefill.stream().mapToInt(Integer::intValue).max().orElse(0);
        int widest = verify.stream().mapToInt(Integer::intValue).max().orElse(0);
        int needed = Math.max(longest, depth + Math.max(decode, widest)) + 64;
        return leastContext == null ? needed : Math.max(needed, leastContext);
    }
}
