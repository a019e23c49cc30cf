package io.specoffload.chat;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** Texts that structure an answer, searched for in a text that is still growing. */
final class Markers {

    private final List<String> markers;
    private final List<String> ends;

    /**
     * @param markers what is searched for
     * @param ends what is taken away at the end of the answer
     */
    Markers(List<String> markers, List<String> ends) {
        this.markers = markers;
        this.ends = ends;
    }

    /** Where a marker was found. */
    record Match(int start, String marker) {}

    /** The first marker in the text, the longest of several at one place; null if there is none. */
    @Nullable
    Match first(StringBuilder text) {
        Match best = null;
        for (String marker : markers) {
            int at = text.indexOf(marker);
            boolean better = best == null
                    || at < best.start()
                    || (at == best.start() && marker.length() > best.marker().length());
            if (at >= 0 && better) {
                best = new Match(at, marker);
            }
        }
        return best;
    }

    /**
     * How much of the text is certainly text, whatever follows: what comes before trailing whitespace, end markers,
     * and the beginning of a marker.
     */
    int certain(CharSequence text) {
        int end = text.length() - partial(text);
        while (true) {
            int stripped = stripped(text, end);
            String marker = endMarker(text, stripped);
            if (marker == null) {
                return stripped;
            }
            end = stripped - marker.length();
        }
    }

    /** The text's length without the end markers that close it, and without whitespace around these. */
    int withoutEnd(CharSequence text) {
        int end = text.length();
        while (true) {
            int stripped = stripped(text, end);
            String marker = endMarker(text, stripped);
            if (marker == null) {
                return end;
            }
            end = stripped - marker.length();
        }
    }

    private @Nullable String endMarker(CharSequence text, int end) {
        for (String marker : ends) {
            int start = end - marker.length();
            if (start >= 0 && marker.contentEquals(text.subSequence(start, end))) {
                return marker;
            }
        }
        return null;
    }

    static int stripped(CharSequence text, int end) {
        int i = end;
        while (i > 0 && Character.isWhitespace(text.charAt(i - 1))) {
            i--;
        }
        return i;
    }

    /** Length of the longest beginning of a marker, not all of it, that the text ends with. */
    private int partial(CharSequence text) {
        int longest = 0;
        for (List<String> list : List.of(markers, ends)) {
            for (String marker : list) {
                longest = Math.max(longest, partial(text, marker));
            }
        }
        return longest;
    }

    private static int partial(CharSequence text, String marker) {
        for (int length = Math.min(marker.length() - 1, text.length()); length > 0; length--) {
            if (marker.startsWith(
                    text.subSequence(text.length() - length, text.length()).toString())) {
                return length;
            }
        }
        return 0;
    }
}
