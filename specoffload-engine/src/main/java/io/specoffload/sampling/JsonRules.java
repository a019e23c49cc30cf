package io.specoffload.sampling;

import static io.specoffload.sampling.Rule.Repeat.UNBOUNDED;
import static io.specoffload.sampling.Rule.bytes;
import static io.specoffload.sampling.Rule.choice;
import static io.specoffload.sampling.Rule.literal;
import static io.specoffload.sampling.Rule.optional;
import static io.specoffload.sampling.Rule.range;
import static io.specoffload.sampling.Rule.repeat;
import static io.specoffload.sampling.Rule.sequence;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * The rules of JSON (RFC 8259). Whitespace is bounded, so that a model cannot go on with it for ever: a space, or a line
 * break with indentation, after an opening bracket and a comma and before a closing bracket; a space after a colon.
 * Numbers have at most 18 digits, fractions 15, exponents 2.
 */
final class JsonRules {
    private static final int MAX_INDENT = 64;

    final Rule gap = optional(choice(
            literal(" "),
            sequence(literal("\n"), choice(repeat(literal(" "), 0, MAX_INDENT), repeat(literal("\t"), 1, 16)))));
    final Rule digit = range('0', '9');
    final Rule quote = literal("\"");
    private final Rule hex = choice(range('0', '9'), range('a', 'f'), range('A', 'F'));
    private final Rule colon = sequence(literal(":"), optional(literal(" ")));
    private final Rule comma = sequence(literal(","), gap);

    /** A code point above ASCII in UTF-8 (RFC 3629), by lead byte. */
    private final List<Rule> wide = wideCharacters();

    private final Rule escape = sequence(literal("\\"), choice(bytes("\"\\/bfnrt"), unicodeEscape()));
    private final Rule character = choice(plainAscii(), new Rule.Choice(wide), escape);
    private final Map<List<Integer>, Rule> strings = new HashMap<>();

    final Rule number = sequence(
            optional(literal("-")),
            wholeNumber(15),
            optional(fraction()),
            optional(sequence(bytes("eE"), optional(bytes("+-")), repeat(digit, 1, 2))));
    final Rule integer = sequence(optional(literal("-")), wholeNumber(18));
    final Rule bool = choice(literal("true"), literal("false"));
    final Rule nil = literal("null");
    final Rule anyObject;
    final Rule any;

    JsonRules() {
        Rule.Reference value = new Rule.Reference();
        any = value;
        anyObject = map(string(0, UNBOUNDED), any, 0, UNBOUNDED);
        value.target = choice(
                anyObject,
                array(any, 0, UNBOUNDED),
                string(0, UNBOUNDED),
                number,
                literal("true"),
                literal("false"),
                nil);
    }

    /** A string of {@code min} to {@code max} code points. */
    Rule string(int min, int max) {
        return strings.computeIfAbsent(
                List.of(min, max), key -> new Rule.Scope(sequence(quote, repeat(character, min, max), quote)));
    }

    /** A string whose content is given by a rule without escapes. */
    Rule quoted(Rule content) {
        return sequence(quote, content, quote);
    }

    Rule pair(Rule name, Rule value) {
        return sequence(name, colon, value);
    }

    Rule next(Rule item) {
        return sequence(comma, item);
    }

    Rule array(Rule item, int min, int max) {
        return bracketed("[", list(item, min, max), "]");
    }

    Rule map(Rule name, Rule value, int min, int max) {
        return bracketed("{", list(pair(name, value), min, max), "}");
    }

    Rule bracketed(String open, Rule content, String close) {
        return sequence(literal(open), gap, content, gap, literal(close));
    }

    private Rule list(Rule item, int min, int max) {
        if (max == 0) {
            return sequence();
        }
        Rule rest = repeat(next(item), Math.max(0, min - 1), max == UNBOUNDED ? UNBOUNDED : max - 1);
        Rule list = sequence(item, rest);
        return min == 0 ? optional(list) : list;
    }

    /** 0, or up to {@code digits} digits the first of which is not 0. */
    private Rule wholeNumber(int digits) {
        return choice(literal("0"), sequence(range('1', '9'), repeat(digit, 0, digits - 1)));
    }

    Rule fraction() {
        return sequence(literal("."), repeat(digit, 1, 15));
    }

    /**
     * The rest of a string that is none of {@code taken}, its closing quote included; without escapes. Where a taken name
     * goes on with a character above ASCII, all characters whose lead byte is of the same kind are left out beside it.
     */
    Rule otherName(List<byte[]> taken, int at) {
        List<Rule> alternatives = new ArrayList<>();
        Map<Integer, List<byte[]>> byNext = new TreeMap<>();
        boolean ends = false;
        for (byte[] name : taken) {
            if (name.length == at) {
                ends = true;
            } else {
                byNext.computeIfAbsent(name[at] & 0xFF, key -> new ArrayList<>())
                        .add(name);
            }
        }
        byNext.forEach((b, names) -> alternatives.add(sequence(range(b, b), otherName(names, at + 1))));
        if (byNext.keySet().stream().anyMatch(b -> b >= 0x80 && b < 0xC0)) {
            // inside a character: only the taken names' own bytes complete it
            return new Rule.Choice(alternatives);
        }
        if (!ends) {
            alternatives.add(quote);
        }
        Rule tail = sequence(repeat(choice(plainAscii(), new Rule.Choice(wide)), 0, UNBOUNDED), quote);
        Rule.Bytes others = plainAscii();
        byNext.keySet().forEach(others::remove);
        alternatives.add(sequence(others, tail));
        wide.stream()
                .filter(rule -> byNext.keySet().stream().noneMatch(b -> leads(rule, b)))
                .forEach(rule -> alternatives.add(sequence(rule, tail)));
        return new Rule.Choice(alternatives);
    }

    private static boolean leads(Rule wideCharacter, int b) {
        return wideCharacter instanceof Rule.Sequence sequence
                && sequence.parts.getFirst() instanceof Rule.Bytes lead
                && lead.contains(b);
    }

    private static Rule.Bytes plainAscii() {
        return range(0x20, 0x7F).remove('"').remove('\\');
    }

    private static List<Rule> wideCharacters() {
        Rule rest = range(0x80, 0xBF);
        return List.of(
                sequence(range(0xC2, 0xDF), rest),
                sequence(range(0xE0, 0xE0), range(0xA0, 0xBF), rest),
                sequence(new Rule.Bytes().add(0xE1, 0xEC).add(0xEE, 0xEF), rest, rest),
                sequence(range(0xED, 0xED), range(0x80, 0x9F), rest),
                sequence(range(0xF0, 0xF0), range(0x90, 0xBF), rest, rest),
                sequence(range(0xF1, 0xF3), rest, rest, rest),
                sequence(range(0xF4, 0xF4), range(0x80, 0x8F), rest, rest));
    }

    /** Surrogates come in pairs. */
    private Rule unicodeEscape() {
        Rule basic = sequence(bytes("0123456789abcABCeEfF"), hex, hex, hex);
        Rule belowSurrogates = sequence(bytes("dD"), range('0', '7'), hex, hex);
        Rule high = sequence(bytes("dD"), bytes("89abAB"), hex, hex);
        Rule low = sequence(bytes("dD"), bytes("cdefCDEF"), hex, hex);
        return sequence(literal("u"), choice(basic, belowSurrogates, sequence(high, literal("\\u"), low)));
    }
}
