package io.specoffload.template;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A slice's bounds; null where one is left out. */
record SliceValue(
        @Nullable Long start, @Nullable Long stop, @Nullable Long step) {

    /** The positions that the slice selects of a sequence of that length, in order. */
    private List<Integer> positions(int length) {
        long by = step == null ? 1 : step;
        if (by == 0) {
            throw new TemplateException("slice step cannot be zero");
        }
        long low = by > 0 ? 0 : -1;
        long high = by > 0 ? length : length - 1L;
        long from = bound(start, by > 0 ? low : high, length, low, high);
        long to = bound(stop, by > 0 ? high : low, length, low, high);
        List<Integer> result = new ArrayList<>();
        // a step beyond the length selects one element; clamping it avoids overflow
        long clamped = Math.clamp(by, -length - 1L, length + 1L);
        for (long i = from; by > 0 ? i < to : i > to; i += clamped) {
            result.add((int) i);
        }
        return result;
    }

    private static long bound(@Nullable Long bound, long absent, int length, long low, long high) {
        if (bound == null) {
            return absent;
        }
        long position = bound < 0 ? bound + length : bound;
        return Math.clamp(position, low, high);
    }

    List<Object> of(List<Object> items, Budget budget) {
        budget.list(items.size());
        List<Object> result = new ArrayList<>();
        positions(items.size()).forEach(i -> result.add(items.get(i)));
        return result;
    }

    String of(String text, Budget budget) {
        budget.text(text.length());
        int length = Strings.length(text);
        if (step == null || step == 1) {
            long from = bound(start, 0, length, 0, length);
            long to = bound(stop, length, length, 0, length);
            return from < to ? Strings.substring(text, (int) from, (int) to) : "";
        }
        int[] characters = text.codePoints().toArray();
        StringBuilder out = new StringBuilder();
        positions(length).forEach(i -> out.appendCodePoint(characters[i]));
        return out.toString();
    }
}
