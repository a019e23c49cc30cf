package io.specoffload.template;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Python's operators. Integers have 64 bits; a result beyond them is an error. */
final class Arithmetic {

    private Arithmetic() {}

    static Object apply(String operator, Object a, Object b, Budget budget) {
        if (a instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (operator.equals("%") && a instanceof String format) {
            return PercentFormat.format(format, b, budget);
        }
        if (b instanceof Undefined undefined) {
            throw undefined.error();
        }
        Object result = switch (operator) {
            case "+" -> concatenate(a, b, budget);
            case "*" -> repeat(a, b, budget);
            default -> null;
        };
        if (result != null) {
            return result;
        }
        try {
            Long i = Values.integer(a);
            Long j = Values.integer(b);
            if (i != null && j != null) {
                return integers(operator, i, j);
            }
            Double x = Values.number(a);
            Double y = Values.number(b);
            if (x != null && y != null) {
                return reals(operator, x, y);
            }
        } catch (ArithmeticException e) {
            throw new TemplateException("the result of " + operator + " does not fit 64 bits");
        }
        throw unsupported(operator, a, b);
    }

    private static TemplateException unsupported(String operator, Object a, Object b) {
        if (operator.equals("+") && a instanceof String) {
            return new TemplateException("can only concatenate str (not \"" + Values.typeName(b) + "\") to str");
        }
        return new TemplateException("unsupported operand type(s) for " + operator + ": '" + Values.typeName(a)
                + "' and '" + Values.typeName(b) + "'");
    }

    private static @Nullable Object concatenate(Object a, Object b, Budget budget) {
        if (a instanceof String x && b instanceof String y) {
            budget.text((long) x.length() + y.length());
            return x + y;
        }
        if (a instanceof List<?> x && b instanceof List<?> y) {
            return joined(x, y, budget);
        }
        if (a instanceof Tuple x && b instanceof Tuple y) {
            return new Tuple(joined(x.items(), y.items(), budget));
        }
        return null;
    }

    private static List<Object> joined(List<?> a, List<?> b, Budget budget) {
        budget.list((long) a.size() + b.size());
        List<Object> result = new ArrayList<>(a);
        result.addAll(b);
        return result;
    }

    private static @Nullable Object repeat(Object a, Object b, Budget budget) {
        Long count = Values.integer(b);
        if (count == null) {
            count = Values.integer(a);
            return count == null || Values.integer(b) != null ? null : repeated(b, count, budget);
        }
        return repeated(a, count, budget);
    }

    private static @Nullable Object repeated(Object value, long count, Budget budget) {
        int times = Math.clamp(count, 0, Integer.MAX_VALUE);
        if (value instanceof String text) {
            budget.text((long) text.length() * times);
            return text.repeat(times);
        }
        if (value instanceof List<?> list) {
            return repeatedItems(list, times, budget);
        }
        if (value instanceof Tuple tuple) {
            return new Tuple(repeatedItems(tuple.items(), times, budget));
        }
        return null;
    }

    private static List<Object> repeatedItems(List<?> items, int times, Budget budget) {
        budget.list((long) items.size() * times);
        List<Object> result = new ArrayList<>();
        for (int i = 0; i < times && !items.isEmpty(); i++) {
            result.addAll(items);
        }
        return result;
    }

    private static Object integers(String operator, long a, long b) {
        return switch (operator) {
            case "+" -> Math.addExact(a, b);
            case "-" -> Math.subtractExact(a, b);
            case "*" -> Math.multiplyExact(a, b);
            case "/" -> (double) a / nonZero(b, "division by zero");
            case "//" -> Math.floorDivExact(a, nonZero(b, "integer division or modulo by zero"));
            case "%" -> Math.floorMod(a, nonZero(b, "integer modulo by zero"));
            case "**" -> b < 0 ? reals(operator, (double) a, (double) b) : power(a, b);
            default -> throw new IllegalStateException(operator);
        };
    }

    private static long nonZero(long value, String message) {
        if (value == 0) {
            throw new TemplateException(message);
        }
        return value;
    }

    private static long power(long base, long exponent) {
        if (base == 0 || base == 1) {
            return exponent == 0 ? 1 : base;
        }
        if (base == -1) {
            return exponent % 2 == 0 ? 1 : -1;
        }
        if (exponent > 63) {
            throw new ArithmeticException();
        }
        long result = 1;
        for (long i = 0; i < exponent; i++) {
            result = Math.multiplyExact(result, base);
        }
        return result;
    }

    private static Object reals(String operator, double a, double b) {
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "/" -> a / nonZero(b, "float division by zero");
            case "//" -> Math.floor(a / nonZero(b, "float floor division by zero"));
            case "%" -> modulo(a, nonZero(b, "float modulo"));
            case "**" -> Math.pow(a, b);
            default -> throw new IllegalStateException(operator);
        };
    }

    private static double nonZero(double value, String message) {
        if (value == 0) {
            throw new TemplateException(message);
        }
        return value;
    }

    private static double modulo(double a, double b) {
        double rest = a % b;
        if (rest == 0) {
            return Math.copySign(0.0, b);
        }
        return rest < 0 != b < 0 ? rest + b : rest;
    }

    /** A sign before a value. */
    static Object sign(String operator, Object value) {
        Long number = Values.integer(value);
        if (number != null) {
            return operator.equals("-") ? Math.negateExact(number) : number;
        }
        return switch (value) {
            case Double real -> operator.equals("-") ? -real : real;
            case Undefined undefined -> throw undefined.error();
            default ->
                throw new TemplateException(
                        "bad operand type for unary " + operator + ": '" + Values.typeName(value) + "'");
        };
    }
}
