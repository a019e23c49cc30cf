package io.specoffload.template;

import io.specoffload.template.Node.Statement;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A parsed template. It renders what Jinja2 3.1 renders in an immutable sandbox with {@code trim_blocks} and
 * {@code lstrip_blocks}, loop controls, {@code generation} blocks, {@code raise_exception}, {@code strftime_now}, and
 * a {@code tojson} that escapes nothing but what JSON asks for.
 *
 * <p>Immutable and thread-safe. No Java object is reachable from a template but the values that it is given.
 */
public final class JinjaTemplate {

    private final List<Statement> statements;
    private final Set<String> names;
    private final TemplateLimits limits;

    private JinjaTemplate(List<Statement> statements, Set<String> names, TemplateLimits limits) {
        this.statements = statements;
        this.names = names;
        this.limits = limits;
    }

    /**
     * Parses a template.
     *
     * @throws TemplateException for a syntax error
     */
    public static JinjaTemplate parse(String source) {
        return parse(source, TemplateLimits.DEFAULT);
    }

    /** Parses a template whose renderings are held to other limits. */
    public static JinjaTemplate parse(String source, TemplateLimits limits) {
        try {
            Parser parser = new Parser(Lexer.tokenize(source));
            List<Statement> statements = parser.template();
            return new JinjaTemplate(statements, parser.names(), limits);
        } catch (StackOverflowError e) {
            throw new TemplateException(0, "the template is nested too deeply");
        }
    }

    /** The variables and functions that the template reads anywhere, those that it sets itself included. */
    public Set<String> names() {
        return names;
    }

    /**
     * Renders the template.
     *
     * @param variables maps, collections, texts, numbers, booleans and nulls; copied first
     * @param clock what {@code strftime_now} reads, in its zone
     * @throws TemplateRefusalException when the template calls {@code raise_exception}
     * @throws TemplateException for any other error in the template or the data, and when a limit is reached
     */
    public String render(Map<String, ? extends @Nullable Object> variables, Clock clock) {
        Environment environment = new Environment(limits, clock);
        Budget budget = environment.budget();
        Scope root = new Scope(null);
        variables.forEach((name, value) -> root.set(name, Values.of(value)));
        Output out = new Output(budget);
        try {
            new Evaluator(environment).run(statements, new Scope(root), out);
        } catch (TemplateException e) {
            throw e.line() > 0 || e instanceof TemplateRefusalException
                    ? e
                    : new TemplateException(budget.line(), message(e));
        } catch (ArithmeticException e) {
            throw new TemplateException(budget.line(), "an integer does not fit 64 bits");
        } catch (StackOverflowError e) {
            throw new TemplateException(budget.line(), "the template is nested too deeply");
        }
        return out.text();
    }

    private static String message(TemplateException e) {
        String message = e.getMessage();
        return message == null ? "failed" : message;
    }
}
