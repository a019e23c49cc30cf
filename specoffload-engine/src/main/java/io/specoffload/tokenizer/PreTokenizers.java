package io.specoffload.tokenizer;

import io.specoffload.format.ModelFormatException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The known values of {@code tokenizer.ggml.pre} and what they mean. The expressions are those of the models' published
 * {@code tokenizer.json} files; llama.cpp knows the same names.
 */
final class PreTokenizers {

    /**
     * How texts of a model are cut.
     *
     * @param preTokenizer cuts text into words
     * @param wholeWords whether a word that is a token is taken as it is, whatever the merges say
     * @param addBos whether BOS is added where the file does not say
     */
    record Rules(PreTokenizer preTokenizer, boolean wholeWords, boolean addBos) {}

    private static final String CONTRACTION = "'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])";
    private static final String SPACES = "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String WORD = "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+";
    private static final String PUNCTUATION = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*";

    private static final String GPT2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String LLAMA3 = CONTRACTION + WORD + "|\\p{N}{1,3}" + PUNCTUATION + SPACES;
    private static final String QWEN2 = CONTRACTION + WORD + "|\\p{N}" + PUNCTUATION + SPACES;
    private static final String QWEN35 =
            CONTRACTION + "|[^\\r\\n\\p{L}\\p{N}]?[\\p{L}\\p{M}]+|\\p{N}| ?[^\\s\\p{L}\\p{M}\\p{N}]+[\\r\\n]*" + SPACES;

    /** Words in camel case are cut in front of capitals. */
    private static final String UPPER = "[\\p{Lu}\\p{Lt}\\p{Lm}\\p{Lo}\\p{M}]";

    private static final String LOWER = "[\\p{Ll}\\p{Lm}\\p{Lo}\\p{M}]";
    private static final String PREFIX = "[^\\r\\n\\p{L}\\p{N}]?";
    private static final String PUNCTUATION_AND_SLASHES = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*";
    private static final String TEKKEN = PREFIX + UPPER + "*" + LOWER + "+|" + PREFIX + UPPER + "+" + LOWER + "*|\\p{N}"
            + PUNCTUATION_AND_SLASHES + SPACES;
    private static final String CAMEL = PREFIX + UPPER + "*" + LOWER + "+(?:" + CONTRACTION + ")?|" + PREFIX + UPPER
            + "+" + LOWER + "*(?:" + CONTRACTION + ")?";
    private static final String GPT4O = CAMEL + "|\\p{N}{1,3}" + PUNCTUATION_AND_SLASHES + SPACES;

    /** Cuts a piece that consists of digits into threes, from its right end. */
    private static final String THREES = "\\A\\d{1,3}(?=(?:\\d{3})*+\\z)|(?!\\A)\\G\\d{3}";

    private static final String KANJI_AND_KANA = "[\\u4E00-\\u9FA5\\u3040-\\u309F\\u30A0-\\u30FF]+";
    private static final String DEEPSEEK3_WORDS = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
            + "|[^\\r\\n\\p{L}\\p{gc=P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{gc=P}\\p{S}]+";

    private static final String CJK = "[\\u4E00-\\u9FA5\\u0800-\\u4E00\\uAC00-\\uD7FF]+";

    /** The cased letters that DeepSeek's first tokenizer lists one by one, which leave out some blocks. */
    private static final String DEEPSEEK_LETTERS = "\\s?[A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA"
            + "\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386"
            + "\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-\u0481\u048A-\u052F\u0531-\u0556\u10A0-\u10C5"
            + "\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A"
            + "\u1E00-\u1F15\u1F18-\u1F1D\u1F20-\u1F45\u1F48-\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D"
            + "\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC"
            + "\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128"
            + "\u212A-\u212D\u212F-\u2134\u2139\u213C-\u213F\u2145-\u2149\u214E\u2183\u2184\u2C00-\u2C7B"
            + "\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-\uA69B\uA722-\uA76F\uA771-\uA787"
            + "\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-\uFF3A\uFF41-\uFF5A"
            + "\\x{10400}-\\x{1044F}\\x{104B0}-\\x{104D3}\\x{104D8}-\\x{104FB}\\x{10C80}-\\x{10CB2}"
            + "\\x{10CC0}-\\x{10CF2}\\x{118A0}-\\x{118DF}\\x{1E900}-\\x{1E943}]+";

    private static final Map<String, Rules> BY_NAME = byName();

    private PreTokenizers() {}

    /**
     * The rules of this name.
     *
     * @throws ModelFormatException if it is not known; the message lists the known ones
     */
    static Rules named(String name) {
        Rules rules = BY_NAME.get(name);
        if (rules == null) {
            throw new ModelFormatException("tokenizer.ggml.pre: the pre-tokenizer '" + name
                    + "' is not supported; supported are " + String.join(", ", BY_NAME.keySet()));
        }
        return rules;
    }

    private static Map<String, Rules> byName() {
        Map<String, Rules> all = new LinkedHashMap<>();
        plain(all, PreTokenizer.of("[\\p{gc=P}$+<=>^~|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]"), List.of("default"));
        plain(
                all,
                PreTokenizer.of(GPT2),
                List.of(
                        "gpt-2",
                        "phi-2",
                        "mpt",
                        "olmo",
                        "jais",
                        "trillion",
                        "gigachat",
                        "granite-docling",
                        "exaone4",
                        "a.x-4.0",
                        "mellum"));
        PreTokenizer llama3 = PreTokenizer.of(LLAMA3);
        for (String name :
                List.of("llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2")) {
            all.put(name, new Rules(llama3, true, true));
        }
        plain(all, llama3, List.of("dbrx", "smaug-bpe", "chatglm-bpe", "glm4"));
        plain(
                all,
                PreTokenizer.of(QWEN2),
                List.of(
                        "qwen2",
                        "deepseek-r1-qwen",
                        "stablelm2",
                        "megrez",
                        "hunyuan",
                        "grok-2",
                        "solar-open",
                        "kormo"));
        plain(all, PreTokenizer.of(QWEN35), List.of("qwen35"));
        plain(
                all,
                PreTokenizer.of("\\p{N}", GPT2),
                List.of("starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2"));
        plain(all, PreTokenizer.of("[\\p{gc=P}$+<=>^~|`]+", GPT2, "[0-9][0-9][0-9]"), List.of("falcon"));
        all.put("tekken", new Rules(PreTokenizer.of(TEKKEN), true, true));
        plain(all, PreTokenizer.of(GPT4O), List.of("gpt-4o", "llama4", "minimax-m2", "kanana2", "talkie"));
        later(all);
        deepseek(all);
        plain(
                all,
                PreTokenizer.of(CONTRACTION + WORD + "|\\p{N}| ?[^\\s\\p{L}\\p{N}\\r\\n]+" + SPACES),
                List.of("seed-coder"));
        String bloom = " ?[^(\\s|.,!?\u2026\u3002\uFF0C\u3001\u0964\u06D4\u060C)]+";
        plain(all, PreTokenizer.of(bloom), List.of("bloom", "poro-chat", "gpt3-finnish"));
        plain(all, PreTokenizer.of(bloom, "\\p{N}"), List.of("viking"));
        return all;
    }

    private static void deepseek(Map<String, Rules> all) {
        plain(
                all,
                PreTokenizer.of(
                        "[\\r\\n]",
                        DEEPSEEK_LETTERS,
                        "\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+",
                        // a run of white space at the end; the look-behind keeps a long run elsewhere linear
                        "(?<!\\s)\\s++\\z",
                        CJK,
                        "\\p{N}+"),
                List.of("deepseek-llm"));
        plain(
                all,
                PreTokenizer.of("[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{gc=P}+", CJK, "\\p{N}"),
                List.of("deepseek-coder"));
        plain(
                all,
                PreTokenizer.of("\\p{N}{1,3}", KANJI_AND_KANA, DEEPSEEK3_WORDS + "[\\r\\n]*" + SPACES),
                List.of("deepseek-v3", "deepseek3", "hunyuan-dense", "hy_v4", "joyai-llm"));
        plain(
                all,
                PreTokenizer.of(
                        "\\p{N}{1,3}", KANJI_AND_KANA, DEEPSEEK3_WORDS + "|[\\r\\n]|\\s+(?!\\S)|\\s+", "\\p{N}"),
                List.of("spark2_5"));
    }

    /** Families that came after the ones above, each with a cut of its own. */
    private static void later(Map<String, Rules> all) {
        plain(all, PreTokenizer.of("(?<!\\d)\\d++\\b", THREES, GPT4O), List.of("tiny_aya", "cohere2moe"));
        plain(all, PreTokenizer.of("\\p{N}+", "\\d+", THREES), List.of("superbpe"));
        String oneBreak = "|\\s*[\\r\\n]|\\s+(?!\\S)|\\s+";
        plain(
                all,
                PreTokenizer.of(CONTRACTION + WORD + "|\\p{N}" + PUNCTUATION + oneBreak),
                List.of("bailingmoe", "bailingmoe2", "llada-moe"));
        // several words in a row are one; the possessive group is matched in a loop
        String phrase = PREFIX + "\\p{L}(?:[\\p{L}\\p{M}]| (?=\\p{L}))*+";
        plain(
                all,
                PreTokenizer.of(CONTRACTION + "|" + phrase + "|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]?" + oneBreak),
                List.of("exaone-moe"));
        plain(all, PreTokenizer.of("[^\\n]+|\\n+", QWEN2), List.of("laguna"));
        plain(all, PreTokenizer.of(WORD.substring(1) + "|\\p{N}" + PUNCTUATION + SPACES), List.of("ufakzeka"));
        all.put(
                "minicpm5",
                new Rules(
                        PreTokenizer.of("\\p{N}{1,3}", CONTRACTION + WORD + "|\\p{N}+" + PUNCTUATION + SPACES),
                        true,
                        false));
        String notHan = "&&[^\\p{IsHan}]]";
        String upper = UPPER.replaceFirst("\\]$", "") + notHan;
        String lower = LOWER.replaceFirst("\\]$", "") + notHan;
        plain(
                all,
                PreTokenizer.of("\\p{IsHan}+|" + PREFIX + upper + "*" + lower + "+(?:" + CONTRACTION + ")?|" + PREFIX
                        + upper + "+" + lower + "*(?:" + CONTRACTION + ")?|\\p{N}{1,3}" + PUNCTUATION + SPACES),
                List.of("kimi-k2"));
        String asian = "[\\uAC00-\\uD7A3\\u3131-\\u318E]+"
                + "|[\\uFF01\\u2026\\u201C\\u201D\\u2018\\u2019\\u2014\\uFF1A\\uFF1B\\uFF0C\\u3001-\\u303F\\uFE30-\\uFE4F]+"
                + "|[\\u3105-\\u312F]+|" + KANJI_AND_KANA;
        all.put(
                "youtu",
                new Rules(PreTokenizer.of(asian, CAMEL + "|\\p{N}" + PUNCTUATION_AND_SLASHES + SPACES), true, false));
        all.put(
                "chameleon",
                new Rules(
                        PreTokenizer.of(
                                "<sentinel:[0-9]+>",
                                "IMGIMG[A-I]{1,4}Z",
                                "[\\t\\n]| {4}| {2}",
                                "\\p{N}",
                                "[\\p{gc=P}!-/:-@\\[-`{-~]",
                                GPT2),
                        false,
                        true));
    }

    private static void plain(Map<String, Rules> all, PreTokenizer preTokenizer, List<String> names) {
        for (String name : names) {
            all.put(name, new Rules(preTokenizer, false, false));
        }
    }
}
