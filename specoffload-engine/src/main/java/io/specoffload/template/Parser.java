package io.specoffload.template;

import io.specoffload.template.Node.Assign;
import io.specoffload.template.Node.Expression;
import io.specoffload.template.Node.FilterCall;
import io.specoffload.template.Node.Signature;
import io.specoffload.template.Node.Statement;
import io.specoffload.template.Node.Target;
import io.specoffload.template.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Parses a template's statements. */
final class Parser {

    private static final int MAX_DEPTH = 200;

    private final TokenStream tokens;
    private final ExpressionParser expressions;
    private int loops;

    Parser(List<Token> tokens) {
        this.tokens = new TokenStream(tokens, MAX_DEPTH);
        expressions = new ExpressionParser(this.tokens);
    }

    /** Parses the whole template. */
    List<Statement> template() {
        List<Statement> statements = statements(Set.of());
        if (!tokens.current().is(Kind.END)) {
            throw tokens.unexpected("the end of the template");
        }
        return statements;
    }

    /** The names that the template reads; known after {@link #template()}. */
    Set<String> names() {
        return Set.copyOf(expressions.names());
    }

    /** Statements up to a block whose name is one of {@code ends}; the name is the current token then. */
    private List<Statement> statements(Set<String> ends) {
        tokens.enter();
        List<Statement> result = new ArrayList<>();
        while (!tokens.current().is(Kind.END)) {
            Token token = tokens.current();
            if (tokens.skip(Kind.DATA)) {
                result.add(new Node.Text(token.line(), token.text()));
            } else if (tokens.skip(Kind.PRINT_BEGIN)) {
                result.add(new Node.Print(token.line(), expressions.tuple(true)));
                tokens.expect(Kind.PRINT_END, "'}}'");
            } else {
                tokens.expect(Kind.BLOCK_BEGIN, "text or a tag");
                Token name = tokens.current();
                if (name.is(Kind.NAME) && ends.contains(name.text())) {
                    tokens.leave();
                    return List.copyOf(result);
                }
                result.add(statement());
                tokens.expect(Kind.BLOCK_END, "'%}'");
            }
        }
        if (!ends.isEmpty()) {
            throw tokens.error(
                    tokens.current().line(),
                    "Unexpected end of template. Looking for " + String.join(" or ", new TreeSet<>(ends)));
        }
        tokens.leave();
        return List.copyOf(result);
    }

    /** A block's body: closes its opening tag, and consumes the closing name. */
    private List<Statement> body(String end) {
        tokens.expect(Kind.BLOCK_END, "'%}'");
        List<Statement> body = statements(Set.of(end));
        tokens.expectName(end);
        return body;
    }

    private Statement statement() {
        Token token = tokens.expect(Kind.NAME, "a tag's name");
        int line = token.line();
        return switch (token.text()) {
            case "if" -> ifStatement(line);
            case "for" -> forStatement(line);
            case "set" -> set(line);
            case "macro" -> macro(line);
            case "call" -> call(line);
            case "filter" -> new Node.FilterBlock(line, filters(), body("endfilter"));
            case "with" -> with(line);
            case "generation" -> new Node.Scoped(line, body("endgeneration"));
            case "block" -> block(line);
            case "print" -> new Node.Print(line, expressions.tuple(true));
            case "break" -> inLoop(token, new Node.Break(line));
            case "continue" -> inLoop(token, new Node.Continue(line));
            case "include", "import", "from", "extends" ->
                throw tokens.error(line, "a chat template stands alone: '" + token.text() + "' is not available");
            default -> throw tokens.error(line, "Encountered unknown tag '" + token.text() + "'");
        };
    }

    private Statement inLoop(Token token, Statement statement) {
        if (loops == 0) {
            throw tokens.error(token.line(), "'" + token.text() + "' outside loop");
        }
        return statement;
    }

    private Statement ifStatement(int line) {
        List<Node.Branch> branches = new ArrayList<>();
        List<Statement> orElse = List.of();
        while (true) {
            Expression condition = expressions.tuple(false);
            tokens.expect(Kind.BLOCK_END, "'%}'");
            branches.add(new Node.Branch(condition, statements(Set.of("elif", "else", "endif"))));
            if (tokens.skipName("elif")) {
                continue;
            }
            if (tokens.skipName("else")) {
                orElse = body("endif");
            } else {
                tokens.expectName("endif");
            }
            return new Node.If(line, List.copyOf(branches), orElse);
        }
    }

    private Statement forStatement(int line) {
        Target target = target(false);
        tokens.expectName("in");
        Expression iterable = expressions.tuple(false);
        Expression filter = tokens.skipName("if") ? expressions.expression() : null;
        boolean recursive = tokens.skipName("recursive");
        tokens.expect(Kind.BLOCK_END, "'%}'");
        loops++;
        List<Statement> body = statements(Set.of("else", "endfor"));
        loops--;
        List<Statement> orElse = List.of();
        if (tokens.skipName("else")) {
            orElse = body("endfor");
        } else {
            tokens.expectName("endfor");
        }
        return new Node.For(line, target, iterable, filter, body, orElse, recursive);
    }

    private Statement set(int line) {
        Target target = target(true);
        if (tokens.skipOperator("=")) {
            return new Assign(line, target, expressions.tuple(true));
        }
        List<FilterCall> filters = tokens.skipOperator("|") ? filters() : List.of();
        return new Node.AssignBlock(line, target, filters, body("endset"));
    }

    /** One filter or several separated by {@code |}. */
    private List<FilterCall> filters() {
        List<FilterCall> filters = new ArrayList<>();
        do {
            filters.add(expressions.filterCall());
        } while (tokens.skipOperator("|"));
        return List.copyOf(filters);
    }

    private Target target(boolean withAttribute) {
        List<Target> targets = new ArrayList<>();
        boolean comma = false;
        do {
            comma |= !targets.isEmpty();
            Token token = tokens.current();
            if (comma && (token.isName("in") || token.isOperator("=") || token.isOperator(")"))) {
                break;
            }
            targets.add(singleTarget(withAttribute));
        } while (tokens.skipOperator(","));
        return comma ? new Node.TupleTarget(List.copyOf(targets)) : targets.getFirst();
    }

    private Target singleTarget(boolean withAttribute) {
        if (tokens.skipOperator("(")) {
            tokens.enter();
            Target inner = target(withAttribute);
            tokens.leave();
            tokens.expectOperator(")");
            return inner;
        }
        String name = assignable(tokens.expect(Kind.NAME, "a name"));
        if (withAttribute && tokens.skipOperator(".")) {
            expressions.names().add(name);
            return new Node.AttributeTarget(
                    name, tokens.expect(Kind.NAME, "an attribute's name").text());
        }
        return new Node.NameTarget(name);
    }

    private String assignable(Token token) {
        return switch (token.text()) {
            case "true", "True", "false", "False", "none", "None" ->
                throw tokens.error(token.line(), "can't assign to '" + token.text() + "'");
            default -> token.text();
        };
    }

    private Statement macro(int line) {
        String name = assignable(tokens.expect(Kind.NAME, "the macro's name"));
        List<String> names = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        parameters(names, defaults);
        Definition definition = definition(name, names, defaults, "endmacro");
        return new Node.MacroDefinition(line, definition.signature, definition.body);
    }

    private Statement call(int line) {
        List<String> names = new ArrayList<>();
        List<Expression> defaults = new ArrayList<>();
        if (tokens.current().isOperator("(")) {
            parameters(names, defaults);
        }
        if (!(expressions.expression() instanceof Node.Call call)) {
            throw tokens.error(line, "expected call");
        }
        Definition definition = definition("caller", names, defaults, "endcall");
        return new Node.CallBlock(line, call, definition.signature, definition.body);
    }

    private record Definition(Signature signature, List<Statement> body) {}

    private Definition definition(String name, List<String> parameters, List<Expression> defaults, String end) {
        List<Statement> body = new ArrayList<>();
        Set<String> used = expressions.namesOf(() -> body.addAll(outsideLoop(end)));
        return new Definition(
                new Signature(name, List.copyOf(parameters), List.copyOf(defaults), Set.copyOf(used)),
                List.copyOf(body));
    }

    /** A macro's body: a loop around the macro is not its own. */
    private List<Statement> outsideLoop(String end) {
        int outer = loops;
        loops = 0;
        List<Statement> body = body(end);
        loops = outer;
        return body;
    }

    private void parameters(List<String> names, List<Expression> defaults) {
        tokens.expectOperator("(");
        while (!tokens.skipOperator(")")) {
            if (!names.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.skipOperator(")")) {
                    return;
                }
            }
            Token token = tokens.expect(Kind.NAME, "a parameter's name");
            names.add(assignable(token));
            if (tokens.skipOperator("=")) {
                defaults.add(expressions.expression());
            } else if (!defaults.isEmpty()) {
                throw tokens.error(token.line(), "non-default argument follows default argument");
            }
        }
    }

    private Statement with(int line) {
        List<Assign> assignments = new ArrayList<>();
        while (!tokens.current().is(Kind.BLOCK_END)) {
            if (!assignments.isEmpty()) {
                tokens.expectOperator(",");
            }
            int at = tokens.current().line();
            Target target = singleTarget(false);
            tokens.expectOperator("=");
            assignments.add(new Assign(at, target, expressions.expression()));
        }
        return new Node.With(line, List.copyOf(assignments), body("endwith"));
    }

    private Statement block(int line) {
        String name = tokens.expect(Kind.NAME, "the block's name").text();
        while (tokens.skipName("scoped") || tokens.skipName("required")) {
            // without inheritance they mean nothing
        }
        List<Statement> body = body("endblock");
        tokens.skipName(name);
        return new Node.Scoped(line, body);
    }
}
