package io.specoffload.sampling;

import static io.specoffload.sampling.Rule.bytes;
import static io.specoffload.sampling.Rule.choice;
import static io.specoffload.sampling.Rule.literal;
import static io.specoffload.sampling.Rule.optional;
import static io.specoffload.sampling.Rule.range;
import static io.specoffload.sampling.Rule.repeat;
import static io.specoffload.sampling.Rule.sequence;

import org.jspecify.annotations.Nullable;

/** The content of strings of a JSON schema's {@code format}: dates and times of RFC 3339 that exist,
 * durations of days and less (ISO 8601), UUIDs. */
final class StringFormats {
    private static final String ODD = "13579";

    private StringFormats() {}

    /** The rule of a format, or null for one whose strings are any. */
    static @Nullable Rule of(String format) {
        return switch (format) {
            case "date" -> date();
            case "time" -> sequence(time(), optional(zone()));
            case "date-time" -> sequence(date(), literal("T"), time(), zone());
            case "duration" -> duration();
            case "uuid" -> uuid();
            default -> null;
        };
    }

    private static Rule date() {
        Rule century = digits(2);
        Rule year = digits(4);
        // of the years divisible by 4, those divisible by 100 are left out
        Rule leapYear = sequence(
                century,
                choice(
                        sequence(literal("0"), bytes("48")),
                        sequence(bytes("2468"), bytes("048")),
                        sequence(bytes(ODD), bytes("26"))));
        Rule days28 = choice(
                sequence(literal("0"), range('1', '9')),
                sequence(literal("1"), digits(1)),
                sequence(literal("2"), range('0', '8')));
        Rule days30 = choice(days28, literal("29"), literal("30"));
        Rule longMonths = choice(sequence(literal("0"), bytes("13578")), sequence(literal("1"), bytes("02")));
        Rule shortMonths = choice(sequence(literal("0"), bytes("469")), literal("11"));
        return choice(
                sequence(year, literal("-"), longMonths, literal("-"), choice(days30, literal("31"))),
                sequence(year, literal("-"), shortMonths, literal("-"), days30),
                sequence(year, literal("-02-"), days28),
                sequence(leapYear, literal("-02-29")));
    }

    private static Rule time() {
        Rule hour = choice(sequence(bytes("01"), digits(1)), sequence(literal("2"), range('0', '3')));
        Rule sixty = sequence(range('0', '5'), digits(1));
        Rule fraction = sequence(literal("."), repeat(range('0', '9'), 1, 9));
        return sequence(hour, literal(":"), sixty, literal(":"), sixty, optional(fraction));
    }

    private static Rule zone() {
        Rule hours = choice(sequence(literal("0"), digits(1)), sequence(literal("1"), range('0', '7')));
        Rule minutes = sequence(range('0', '5'), digits(1));
        return choice(literal("Z"), sequence(bytes("+-"), hours, literal(":"), minutes));
    }

    private static Rule duration() {
        Rule count = repeat(range('0', '9'), 1, 9);
        Rule hours = sequence(count, literal("H"));
        Rule minutes = sequence(count, literal("M"));
        Rule seconds = sequence(count, optional(sequence(literal("."), count)), literal("S"));
        Rule time = sequence(
                literal("T"),
                choice(
                        sequence(hours, optional(minutes), optional(seconds)),
                        sequence(minutes, optional(seconds)),
                        seconds));
        return sequence(literal("P"), choice(time, sequence(count, literal("D"), optional(time))));
    }

    private static Rule uuid() {
        Rule hex = choice(range('0', '9'), range('a', 'f'), range('A', 'F'));
        Rule four = repeat(hex, 4, 4);
        Rule dash = literal("-");
        return sequence(repeat(hex, 8, 8), dash, four, dash, four, dash, four, dash, repeat(hex, 12, 12));
    }

    private static Rule digits(int count) {
        return repeat(range('0', '9'), count, count);
    }
}
