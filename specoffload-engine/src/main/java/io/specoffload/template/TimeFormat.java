package io.specoffload.template;

import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoField;
import java.time.temporal.IsoFields;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** C's {@code strftime} in the C locale. */
final class TimeFormat {

    private TimeFormat() {}

    static String format(String format, ZonedDateTime time) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < format.length(); i++) {
            char c = format.charAt(i);
            if (c != '%' || i + 1 == format.length()) {
                out.append(c);
                continue;
            }
            char directive = format.charAt(++i);
            boolean unpadded = directive == '-' && i + 1 < format.length();
            if (unpadded) {
                directive = format.charAt(++i);
            }
            String value = directive(directive, time);
            if (value == null) {
                out.append('%').append(unpadded ? "-" : "").append(directive);
            } else {
                out.append(unpadded ? value.replaceFirst("^[0 ]+(?=.)", "") : value);
            }
        }
        return out.toString();
    }

    private static @Nullable String directive(char directive, ZonedDateTime time) {
        return switch (directive) {
            case 'a' -> pattern("EEE", time);
            case 'A' -> pattern("EEEE", time);
            case 'b', 'h' -> pattern("MMM", time);
            case 'B' -> pattern("MMMM", time);
            case 'c' -> format("%a %b %e %H:%M:%S %Y", time);
            case 'C' -> digits(2, time.getYear() / 100);
            case 'd' -> digits(2, time.getDayOfMonth());
            case 'D', 'x' -> format("%m/%d/%y", time);
            case 'e' -> "%2d".formatted(time.getDayOfMonth());
            case 'f' -> digits(6, time.getNano() / 1000);
            case 'F' -> format("%Y-%m-%d", time);
            case 'G' -> Integer.toString(time.get(IsoFields.WEEK_BASED_YEAR));
            case 'H' -> digits(2, time.getHour());
            case 'I' -> digits(2, time.get(ChronoField.CLOCK_HOUR_OF_AMPM));
            case 'j' -> digits(3, time.getDayOfYear());
            case 'm' -> digits(2, time.getMonthValue());
            case 'M' -> digits(2, time.getMinute());
            case 'n' -> "\n";
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'R' -> format("%H:%M", time);
            case 's' -> Long.toString(time.toEpochSecond());
            case 'S' -> digits(2, time.getSecond());
            case 't' -> "\t";
            case 'T', 'X' -> format("%H:%M:%S", time);
            case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
            case 'U' -> digits(2, (time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7);
            case 'V' -> digits(2, time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
            case 'W' ->
                digits(2, (time.getDayOfYear() + 6 - (time.getDayOfWeek().getValue() + 6) % 7) / 7);
            case 'y' -> digits(2, time.getYear() % 100);
            case 'Y' -> Integer.toString(time.getYear());
            // the time that a template sees carries no zone, as Python's datetime.now()
            case 'z', 'Z' -> "";
            case '%' -> "%";
            default -> null;
        };
    }

    private static String pattern(String pattern, ZonedDateTime time) {
        return DateTimeFormatter.ofPattern(pattern, Locale.ENGLISH).format(time);
    }

    private static String digits(int width, int value) {
        return ("%0" + width + "d").formatted(value);
    }
}
