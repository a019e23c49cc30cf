package io.specoffload.cli;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads sizes such as {@code 1500MiB}, {@code 2GB} or {@code 0.5GB/s}: KB is 1000 bytes, KiB is 1024. */
final class ByteSize implements ITypeConverter<Long> {

    private static final Pattern FORM = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([kmgt]?)(i?)(b?)(/s)?");
    private static final Map<String, Integer> POWERS = Map.of("", 0, "k", 1, "m", 2, "g", 3, "t", 4);

    @Override
    public Long convert(String value) {
        return parse(value);
    }

    /**
     * Parses a size.
     *
     * @throws TypeConversionException if it is none, or less than one byte
     */
    static long parse(String value) {
        Matcher matcher = FORM.matcher(value.strip().toLowerCase(Locale.ROOT));
        Integer power = matcher.matches() ? POWERS.get(matcher.group(2)) : null;
        if (power == null || !matcher.group(3).isEmpty() && power == 0) {
            throw refuse(value);
        }
        BigDecimal factor =
                BigDecimal.valueOf(matcher.group(3).isEmpty() ? 1000 : 1024).pow(power);
        BigDecimal bytes = new BigDecimal(matcher.group(1)).multiply(factor);
        if (bytes.signum() <= 0 || bytes.compareTo(BigDecimal.valueOf(1L << 60)) > 0) {
            throw refuse(value);
        }
        return bytes.longValue();
    }

    private static TypeConversionException refuse(String value) {
        return new TypeConversionException("'" + value + "' is not a size such as 1500MiB, 2GB or 0.5GB/s");
    }
}
