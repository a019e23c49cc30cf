package io.specoffload.template;

import io.specoffload.template.Node.CallArguments;
import io.specoffload.template.Node.Expression;
import io.specoffload.template.Node.FilterCall;
import io.specoffload.template.Token.Kind;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Parses expressions by recursive descent, with the precedence of Jinja2 3.1. */
final class ExpressionParser {

    /** The longest chain of operators or accesses without parentheses: it becomes a tree of that depth. */
    private static final int MAX_CHAIN = 1000;

    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");

    private final TokenStream tokens;

    /** Every name that is read, for the question which variables a template knows. */
    private Set<String> names = new HashSet<>();

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
    }

    Set<String> names() {
        return names;
    }

    /** Runs a parser and gives the names that it read, which count for the outer part too. */
    Set<String> namesOf(Runnable parser) {
        Set<String> outer = names;
        Set<String> inner = new HashSet<>();
        names = inner;
        parser.run();
        outer.addAll(inner);
        names = outer;
        return inner;
    }

    Expression expression() {
        return nested(this::conditional);
    }

    /** An expression without {@code if}: that would be the loop's filter. */
    Expression withoutCondition() {
        return nested(this::or);
    }

    private Expression nested(Supplier<Expression> parser) {
        tokens.enter();
        Expression result = parser.get();
        tokens.leave();
        return result;
    }

    /** One expression, or a tuple of several separated by commas. */
    Expression tuple(boolean withCondition) {
        int line = tokens.current().line();
        List<Expression> items = new ArrayList<>();
        boolean comma = false;
        while (items.isEmpty() || tokens.skipOperator(",")) {
            comma |= !items.isEmpty();
            if (!items.isEmpty() && atTupleEnd()) {
                break;
            }
            items.add(withCondition ? expression() : withoutCondition());
        }
        return comma ? new Node.TupleLiteral(line, List.copyOf(items)) : items.getFirst();
    }

    private boolean atTupleEnd() {
        Token token = tokens.current();
        return token.is(Kind.PRINT_END)
                || token.is(Kind.BLOCK_END)
                || token.isOperator(")")
                || token.isName("in")
                || token.isName("recursive");
    }

    private Expression conditional() {
        Expression result = or();
        for (int chain = 0; tokens.current().isName("if"); chain++) {
            check(chain);
            int line = tokens.next().line();
            Expression condition = or();
            Expression orElse = tokens.skipName("else") ? expression() : null;
            result = new Node.Conditional(line, condition, result, orElse);
        }
        return result;
    }

    private void check(int chain) {
        if (chain >= MAX_CHAIN) {
            throw tokens.error(tokens.current().line(), "more than " + MAX_CHAIN + " operators in a row");
        }
    }

    private Expression or() {
        Expression left = and();
        for (int chain = 0; tokens.current().isName("or"); chain++) {
            check(chain);
            int line = tokens.next().line();
            left = new Node.Or(line, left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        for (int chain = 0; tokens.current().isName("and"); chain++) {
            check(chain);
            int line = tokens.next().line();
            left = new Node.And(line, left, not());
        }
        return left;
    }

    private Expression not() {
        if (tokens.current().isName("not")) {
            int line = tokens.next().line();
            return new Node.Not(line, nested(this::not));
        }
        return compare();
    }

    private Expression compare() {
        int line = tokens.current().line();
        Expression first = sum();
        List<Node.Operand> rest = new ArrayList<>();
        while (true) {
            Token token = tokens.current();
            if (token.is(Kind.OPERATOR) && COMPARISONS.contains(token.text())) {
                tokens.next();
                rest.add(new Node.Operand(token.text(), sum()));
            } else if (tokens.skipName("in")) {
                rest.add(new Node.Operand("in", sum()));
            } else if (token.isName("not") && tokens.look().isName("in")) {
                tokens.next();
                tokens.next();
                rest.add(new Node.Operand("not in", sum()));
            } else {
                return rest.isEmpty() ? first : new Node.Compare(line, first, List.copyOf(rest));
            }
        }
    }

    private Expression sum() {
        return chain(this::concat, Set.of("+", "-"));
    }

    private Expression product() {
        return chain(this::power, Set.of("*", "/", "//", "%"));
    }

    private Expression power() {
        return chain(() -> unary(true), Set.of("**"));
    }

    private Expression chain(Supplier<Expression> operand, Set<String> operators) {
        Expression left = operand.get();
        for (int chain = 0;
                tokens.current().is(Kind.OPERATOR)
                        && operators.contains(tokens.current().text());
                chain++) {
            check(chain);
            Token operator = tokens.next();
            left = new Node.Binary(operator.line(), operator.text(), left, operand.get());
        }
        return left;
    }

    private Expression concat() {
        int line = tokens.current().line();
        List<Expression> items = new ArrayList<>();
        items.add(product());
        while (tokens.skipOperator("~")) {
            items.add(product());
        }
        return items.size() == 1 ? items.getFirst() : new Node.Concat(line, List.copyOf(items));
    }

    private Expression unary(boolean withFilter) {
        Token token = tokens.current();
        Expression result;
        if (token.isOperator("-") || token.isOperator("+")) {
            tokens.next();
            result = new Node.Unary(token.line(), token.text(), nested(() -> unary(false)));
        } else {
            result = primary();
        }
        result = postfix(result);
        return withFilter ? filtered(result) : result;
    }

    private Expression primary() {
        Token token = tokens.current();
        return switch (token.kind()) {
            case NAME -> {
                tokens.next();
                yield name(token);
            }
            case STRING -> {
                StringBuilder text = new StringBuilder();
                while (tokens.current().is(Kind.STRING)) {
                    text.append(tokens.next().text());
                }
                yield new Node.Literal(token.line(), text.toString());
            }
            case INTEGER, FLOAT -> {
                tokens.next();
                yield new Node.Literal(token.line(), token.value());
            }
            default -> bracketed(token);
        };
    }

    private Expression name(Token token) {
        return switch (token.text()) {
            case "true", "True" -> new Node.Literal(token.line(), true);
            case "false", "False" -> new Node.Literal(token.line(), false);
            case "none", "None" -> new Node.Literal(token.line(), None.NONE);
            default -> {
                names.add(token.text());
                yield new Node.Name(token.line(), token.text());
            }
        };
    }

    private Expression bracketed(Token token) {
        if (tokens.skipOperator("(")) {
            if (tokens.skipOperator(")")) {
                return new Node.TupleLiteral(token.line(), List.of());
            }
            Expression inner = tuple(true);
            tokens.expectOperator(")");
            return inner;
        }
        if (tokens.skipOperator("[")) {
            List<Expression> items = new ArrayList<>();
            while (!tokens.skipOperator("]")) {
                if (!items.isEmpty()) {
                    tokens.expectOperator(",");
                    if (tokens.skipOperator("]")) {
                        break;
                    }
                }
                items.add(expression());
            }
            return new Node.ListLiteral(token.line(), List.copyOf(items));
        }
        if (tokens.skipOperator("{")) {
            return dict(token.line());
        }
        throw tokens.unexpected("an expression");
    }

    private Expression dict(int line) {
        List<Node.Entry> entries = new ArrayList<>();
        while (!tokens.skipOperator("}")) {
            if (!entries.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator("}")) {
                    break;
                }
            }
            Expression key = expression();
            tokens.expectOperator(":");
            entries.add(new Node.Entry(key, expression()));
        }
        return new Node.DictLiteral(line, List.copyOf(entries));
    }

    private Expression postfix(Expression operand) {
        Expression result = operand;
        for (int chain = 0; ; chain++) {
            check(chain);
            int line = tokens.current().line();
            if (tokens.skipOperator(".")) {
                result = attribute(line, result);
            } else if (tokens.skipOperator("[")) {
                result = new Node.Item(line, result, subscript(line));
            } else if (tokens.current().isOperator("(")) {
                result = new Node.Call(line, result, arguments());
            } else {
                return result;
            }
        }
    }

    private Expression attribute(int line, Expression object) {
        Token token = tokens.next();
        if (token.is(Kind.NAME)) {
            return new Node.Attribute(line, object, token.text());
        }
        if (token.is(Kind.INTEGER)) {
            return new Node.Item(line, object, new Node.Literal(line, token.value()));
        }
        throw tokens.error(token.line(), "expected name or number, got " + token.shown());
    }

    private Expression subscript(int line) {
        List<Expression> indices = new ArrayList<>();
        while (!tokens.skipOperator("]")) {
            if (!indices.isEmpty()) {
                tokens.expectOperator(",");
            }
            indices.add(index());
        }
        return indices.size() == 1 ? indices.getFirst() : new Node.TupleLiteral(line, List.copyOf(indices));
    }

    private Expression index() {
        int line = tokens.current().line();
        @Nullable Expression start = tokens.current().isOperator(":") ? null : expression();
        if (!tokens.skipOperator(":")) {
            if (start == null) {
                throw tokens.unexpected("an index");
            }
            return start;
        }
        @Nullable Expression stop = atBoundEnd() ? null : expression();
        @Nullable Expression step = tokens.skipOperator(":") && !atBoundEnd() ? expression() : null;
        return new Node.Slice(line, start, stop, step);
    }

    private boolean atBoundEnd() {
        Token token = tokens.current();
        return token.isOperator(":") || token.isOperator("]") || token.isOperator(",");
    }

    /** The arguments of a call, parentheses included. */
    CallArguments arguments() {
        int line = tokens.current().line();
        tokens.expectOperator("(");
        List<Expression> positional = new ArrayList<>();
        List<Node.Keyword> named = new ArrayList<>();
        Expression starred = null;
        Expression doubleStarred = null;
        boolean first = true;
        while (!tokens.skipOperator(")")) {
            if (!first) {
                tokens.expectOperator(",");
                if (tokens.skipOperator(")")) {
                    break;
                }
            }
            first = false;
            boolean valid;
            if (tokens.skipOperator("*")) {
                valid = starred == null && doubleStarred == null;
                starred = expression();
            } else if (tokens.skipOperator("**")) {
                valid = doubleStarred == null;
                doubleStarred = expression();
            } else if (tokens.current().is(Kind.NAME) && tokens.look().isOperator("=")) {
                valid = doubleStarred == null;
                String name = tokens.next().text();
                tokens.next();
                named.add(new Node.Keyword(name, expression()));
            } else {
                valid = starred == null && doubleStarred == null && named.isEmpty();
                positional.add(expression());
            }
            if (!valid) {
                throw tokens.error(line, "invalid syntax for function call expression");
            }
        }
        return new CallArguments(List.copyOf(positional), List.copyOf(named), starred, doubleStarred);
    }

    private Expression filtered(Expression operand) {
        Expression result = operand;
        for (int chain = 0; ; chain++) {
            check(chain);
            Token token = tokens.current();
            if (tokens.skipOperator("|")) {
                result = new Node.Filtered(token.line(), result, filterCall());
            } else if (tokens.skipName("is")) {
                result = test(token.line(), result);
            } else if (token.isOperator("(")) {
                result = new Node.Call(token.line(), result, arguments());
            } else {
                return result;
            }
        }
    }

    /** A filter's name and arguments. */
    FilterCall filterCall() {
        int line = tokens.current().line();
        String name = dottedName("a filter's name");
        return new FilterCall(line, name, tokens.current().isOperator("(") ? arguments() : CallArguments.NONE);
    }

    private String dottedName(String what) {
        StringBuilder name = new StringBuilder(tokens.expect(Kind.NAME, what).text());
        while (tokens.skipOperator(".")) {
            name.append('.').append(tokens.expect(Kind.NAME, what).text());
        }
        return name.toString();
    }

    private Expression test(int line, Expression operand) {
        boolean negated = tokens.skipName("not");
        String name = dottedName("a test's name");
        CallArguments arguments = CallArguments.NONE;
        Token token = tokens.current();
        if (token.isOperator("(")) {
            arguments = arguments();
        } else if (startsOperand(token)) {
            if (token.isName("is")) {
                throw tokens.error(line, "You cannot chain multiple tests with is");
            }
            arguments = new CallArguments(List.of(postfix(primary())), List.of(), null, null);
        }
        Expression test = new Node.Test(line, operand, name, arguments);
        return negated ? new Node.Not(line, test) : test;
    }

    private static boolean startsOperand(Token token) {
        return switch (token.kind()) {
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.text().equals("[") || token.text().equals("{");
            case NAME -> !token.isName("else") && !token.isName("if") && !token.isName("or") && !token.isName("and");
            default -> false;
        };
    }
}
