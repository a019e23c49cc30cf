package io.specoffload.template;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How a value is laid out: Python's format specification {@code [[fill]align][sign][#][0][width][,][.precision][type]}.
 *
 * @param precision negative if absent
 * @param type the conversion's letter, or 0
 */
record FormatSpec(
        String fill, char align, char sign, boolean alternate, long width, String grouping, long precision, char type) {

    private static final Pattern PATTERN = Pattern.compile(
            "(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\\d{1,9})?([,_])?(?:\\.(\\d{1,9}))?([bcdeEfFgGnosxX%])?",
            Pattern.DOTALL);

    static FormatSpec parse(String spec) {
        Matcher m = PATTERN.matcher(spec);
        if (!m.matches()) {
            throw new TemplateException("Invalid format specifier '" + spec + "'");
        }
        boolean zero = m.group(5) != null;
        String fill = m.group(1) != null ? m.group(1) : zero ? "0" : " ";
        char align = m.group(2) != null ? m.group(2).charAt(0) : zero ? '=' : 0;
        return new FormatSpec(
                fill,
                align,
                m.group(3) == null ? '-' : m.group(3).charAt(0),
                m.group(4) != null,
                m.group(6) == null ? 0 : Long.parseLong(m.group(6)),
                m.group(7) == null ? "" : m.group(7),
                m.group(8) == null ? -1 : Long.parseLong(m.group(8)),
                m.group(9) == null ? 0 : m.group(9).charAt(0));
    }

    String apply(Object value, Budget budget) {
        budget.text(Math.max(width, Math.max(precision, 0)));
        if (value instanceof Long || (value instanceof Boolean && type != 0 && type != 's')) {
            Long number = Values.integer(value);
            if (number != null) {
                return "eEfFgG%".indexOf(type) >= 0 && type != 0
                        ? number(real(number.doubleValue()), number < 0)
                        : number(integer(number), number < 0);
            }
        }
        if (value instanceof Double number) {
            return number(real(number), number < 0);
        }
        if (type != 0 && type != 's') {
            throw new TemplateException(
                    "Unknown format code '" + type + "' for object of type '" + Values.typeName(value) + "'");
        }
        String text = Texts.str(value, budget);
        if (precision >= 0 && precision < Strings.length(text)) {
            text = Strings.substring(text, 0, (int) precision);
        }
        return pad("", text, align == 0 ? '<' : align);
    }

    private String integer(long value) {
        String digits = switch (type) {
            case 0, 'd', 'n' -> Long.toString(value);
            case 'b' -> Long.toString(value, 2);
            case 'o' -> Long.toString(value, 8);
            case 'x' -> Long.toString(value, 16);
            case 'X' -> Strings.upper(Long.toString(value, 16));
            case 'c' -> Character.toString((int) value);
            default -> throw new TemplateException("Unknown format code '" + type + "' for object of type 'int'");
        };
        digits = digits.startsWith("-") ? digits.substring(1) : digits;
        return (alternate && "boxX".indexOf(type) >= 0 && type != 0 ? "0" + type : "") + group(digits);
    }

    private String real(double value) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return Texts.real(Math.abs(value));
        }
        BigDecimal decimal = new BigDecimal(Math.abs(value));
        int digits = precision < 0 ? 6 : (int) precision;
        return switch (type) {
            case 'f', 'F' -> group(fixed(decimal, digits));
            case '%' -> fixed(decimal.movePointRight(2), digits) + "%";
            case 'e', 'E' -> exponential(decimal, digits);
            case 0 -> precision < 0 ? group(Texts.real(Math.abs(value))) : general(decimal, digits, true);
            default -> general(decimal, digits, false);
        };
    }

    private static String fixed(BigDecimal value, int digits) {
        return value.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    }

    private String exponential(BigDecimal value, int digits) {
        BigDecimal rounded = value.round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
        int exponent = rounded.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        String mantissa = fixed(rounded.movePointLeft(exponent), digits);
        String letter = type == 'E' || type == 'G' ? "E" : "e";
        return mantissa + letter + (exponent < 0 ? "-" : "+") + "%02d".formatted(Math.abs(exponent));
    }

    /** Fixed or with exponent, whichever fits the number of significant digits; trailing zeros dropped. */
    private String general(BigDecimal value, int digits, boolean keepPoint) {
        int significant = Math.max(digits, 1);
        BigDecimal rounded = value.round(new MathContext(significant, RoundingMode.HALF_EVEN));
        int exponent = rounded.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        if (exponent < -4 || exponent >= significant) {
            String text = exponential(value, significant - 1);
            int e = Math.max(text.indexOf('e'), text.indexOf('E'));
            return trimmed(text.substring(0, e)) + text.substring(e);
        }
        String plain = rounded.signum() == 0
                ? "0"
                : trimmed(rounded.setScale(Math.max(0, significant - 1 - exponent), RoundingMode.HALF_EVEN)
                        .toPlainString());
        return group(keepPoint && plain.indexOf('.') < 0 ? plain + ".0" : plain);
    }

    private static String trimmed(String digits) {
        return digits.indexOf('.') < 0 ? digits : digits.replaceAll("\\.?0++$", "");
    }

    private String group(String digits) {
        int point = digits.indexOf('.') < 0 ? digits.length() : digits.indexOf('.');
        if (grouping.isEmpty() || point <= 3) {
            return digits;
        }
        StringBuilder out = new StringBuilder(digits);
        for (int i = point - 3; i > 0; i -= 3) {
            out.insert(i, grouping);
        }
        return out.toString();
    }

    private String number(String digits, boolean negative) {
        String prefix = negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
        return pad(prefix, digits, align == 0 ? '>' : align);
    }

    private String pad(String prefix, String text, char alignment) {
        int missing = (int) Math.max(0, width - Strings.length(prefix) - Strings.length(text));
        int left = switch (alignment) {
            case '<' -> 0;
            case '^' -> missing / 2;
            default -> missing;
        };
        if (alignment == '=') {
            return prefix + fill.repeat(missing) + text;
        }
        return fill.repeat(left) + prefix + text + fill.repeat(missing - left);
    }
}
