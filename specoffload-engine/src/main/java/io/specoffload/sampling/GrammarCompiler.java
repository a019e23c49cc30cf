package io.specoffload.sampling;

import io.specoffload.tokenizer.Vocabulary;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Makes grammars over one vocabulary, whose index they share, and keeps the latest ones with what they have learnt about
 * masks. Thread-safe; one per model.
 */
public final class GrammarCompiler {
    private static final int MAX_GRAMMARS = 16;
    private static final String ANY_OBJECT = "any object";

    private final Vocabulary vocabulary;
    private final Map<String, Grammar> grammars = new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Grammar> eldest) {
            return size() > MAX_GRAMMARS;
        }
    };
    private @Nullable TokenTrie trie;

    public GrammarCompiler(Vocabulary vocabulary) {
        this.vocabulary = vocabulary;
    }

    /**
     * The grammar of the JSON documents that a JSON schema describes: objects with their properties in the schema's
     * order, optional ones possibly left out.
     *
     * @throws IllegalArgumentException if the schema cannot be used; the message names the place and the keyword
     */
    public Grammar jsonSchema(String schema) {
        return grammar("schema " + schema, () -> SchemaCompiler.compile(schema));
    }

    /** The grammar of any JSON object. */
    public Grammar jsonObject() {
        return grammar(ANY_OBJECT, SchemaCompiler::anyObject);
    }

    private synchronized Grammar grammar(String key, Supplier<Rule> rules) {
        Grammar known = grammars.get(key);
        if (known == null) {
            Rule rule = rules.get();
            if (trie == null) {
                trie = new TokenTrie(vocabulary);
            }
            known = new Grammar(rule, trie);
            grammars.put(key, known);
        }
        return known;
    }
}
