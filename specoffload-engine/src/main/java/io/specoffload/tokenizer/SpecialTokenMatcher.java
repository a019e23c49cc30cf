package io.specoffload.tokenizer;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Finds the names of special tokens in text: a trie, the leftmost match, of several the longest. Immutable. */
final class SpecialTokenMatcher {

    private static final class Node {
        private final Map<Character, Node> children = new HashMap<>();
        private int id = -1;
    }

    private final Node root = new Node();

    /**
     * @param names the names by id; the same name twice means the higher id
     */
    SpecialTokenMatcher(Map<Integer, String> names) {
        names.forEach((id, name) -> {
            Node node = root;
            for (int i = 0; i < name.length(); i++) {
                node = node.children.computeIfAbsent(name.charAt(i), c -> new Node());
            }
            if (node != root) {
                node.id = Math.max(node.id, id);
            }
        });
    }

    /**
     * A special token in the text.
     *
     * @param start offset of its first char
     * @param end offset behind its last
     * @param id the token
     */
    record Match(int start, int end, int id) {}

    /** The first match at or after {@code from}, or null. */
    @Nullable
    Match find(String text, int from) {
        if (root.children.isEmpty()) {
            return null;
        }
        for (int start = from; start < text.length(); start++) {
            Match match = matchAt(text, start);
            if (match != null) {
                return match;
            }
        }
        return null;
    }

    private @Nullable Match matchAt(String text, int start) {
        Match longest = null;
        Node node = root.children.get(text.charAt(start));
        for (int end = start + 1; node != null; end++) {
            if (node.id >= 0) {
                longest = new Match(start, end, node.id);
            }
            node = end < text.length() ? node.children.get(text.charAt(end)) : null;
        }
        return longest;
    }
}
