package io.specoffload.chat;

/** Where a JSON object or array ends in a text that may not be complete yet. */
final class JsonExtent {

    private JsonExtent() {}

    /** The position after the value that starts at {@code start}; -1 if its end has not come yet. */
    static int end(CharSequence text, int start) {
        int depth = 0;
        boolean inString = false;
        for (int i = start; i < text.length(); i++) {
            char c = text.charAt(i);
            if (inString) {
                if (c == '\\') {
                    i++;
                } else if (c == '"') {
                    inString = false;
                }
            } else if (c == '"') {
                inString = true;
            } else if (c == '{' || c == '[') {
                depth++;
            } else if (c == '}' || c == ']') {
                depth--;
                if (depth <= 0) {
                    return i + 1;
                }
            }
        }
        return -1;
    }
}
