package io.specoffload.template;

import io.specoffload.template.Node.FilterCall;
import io.specoffload.template.Node.Statement;
import io.specoffload.template.Node.Target;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Runs statements. */
final class Evaluator {

    /** How a statement ended. */
    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Expressions expressions;

    Evaluator(Environment environment) {
        budget = environment.budget();
        expressions = new Expressions(environment);
    }

    Expressions expressions() {
        return expressions;
    }

    void run(List<Statement> statements, Scope scope, Output out) {
        runAll(statements, scope, out);
    }

    /** What statements write in a scope. */
    String capture(List<Statement> statements, Scope scope) {
        Output out = new Output(budget);
        runAll(statements, scope, out);
        return out.text();
    }

    private Flow runAll(List<Statement> statements, Scope scope, Output out) {
        for (Statement statement : statements) {
            Flow flow = run(statement, scope, out);
            if (flow != Flow.NEXT) {
                return flow;
            }
        }
        return Flow.NEXT;
    }

    private Flow run(Statement statement, Scope scope, Output out) {
        budget.step(1);
        budget.at(statement.line());
        switch (statement) {
            case Node.Text text -> out.write(text.text());
            case Node.Print print -> out.write(Texts.str(expressions.evaluate(print.expression(), scope), budget));
            case Node.If node -> {
                return ifStatement(node, scope, out);
            }
            case Node.For node -> {
                return loop(node, expressions.evaluate(node.iterable(), scope), 0, scope, out);
            }
            case Node.Assign node -> assign(node.target(), expressions.evaluate(node.value(), scope), scope);
            case Node.AssignBlock node ->
                assign(node.target(), filtered(capture(node.body(), new Scope(scope)), node.filters(), scope), scope);
            case Node.MacroDefinition node ->
                scope.set(node.signature().name(), new Macro(node.signature(), node.body(), scope, this));
            case Node.CallBlock node -> {
                Macro caller = new Macro(node.signature(), node.body(), scope, this);
                out.write(Texts.str(expressions.call(node.call(), scope, caller), budget));
            }
            case Node.FilterBlock node ->
                out.write(Texts.str(filtered(capture(node.body(), new Scope(scope)), node.filters(), scope), budget));
            case Node.With node -> {
                Scope inner = new Scope(scope);
                for (Node.Assign assignment : node.assignments()) {
                    assign(assignment.target(), expressions.evaluate(assignment.value(), scope), inner);
                }
                return runAll(node.body(), inner, out);
            }
            case Node.Scoped node -> {
                return runAll(node.body(), new Scope(scope), out);
            }
            case Node.Break node -> {
                return Flow.BREAK;
            }
            case Node.Continue node -> {
                return Flow.CONTINUE;
            }
        }
        return Flow.NEXT;
    }

    private Object filtered(String text, List<FilterCall> filters, Scope scope) {
        Object result = text;
        for (FilterCall filter : filters) {
            result = expressions.filter(result, filter, scope);
        }
        return result;
    }

    private Flow ifStatement(Node.If node, Scope scope, Output out) {
        for (Node.Branch branch : node.branches()) {
            if (expressions.isTrue(branch.condition(), scope)) {
                return runAll(branch.body(), scope, out);
            }
        }
        return runAll(node.orElse(), scope, out);
    }

    private Flow loop(Node.For node, Object iterable, int depth, Scope scope, Output out) {
        List<Object> items = items(node, iterable, scope);
        Callable recursion = null;
        if (node.recursive()) {
            recursion = arguments -> {
                Output inner = new Output(budget);
                Object nested = arguments.bind("loop", "iterable").required("iterable");
                loop(node, nested, depth + 1, scope, inner);
                return inner.text();
            };
        }
        if (items.isEmpty()) {
            return runAll(node.orElse(), new Scope(scope), out);
        }
        LoopVariable loop = new LoopVariable(items, depth, recursion, budget);
        budget.enter();
        while (loop.advance()) {
            budget.step(1);
            Scope body = new Scope(scope);
            body.set("loop", loop);
            assign(node.target(), loop.item(), body);
            if (runAll(node.body(), body, out) == Flow.BREAK) {
                break;
            }
        }
        budget.leave();
        return Flow.NEXT;
    }

    private List<Object> items(Node.For node, Object iterable, Scope scope) {
        List<Object> items = Values.list(iterable, budget);
        Node.Expression filter = node.filter();
        if (filter == null) {
            return items;
        }
        List<Object> kept = new ArrayList<>();
        for (Object item : items) {
            Scope inner = new Scope(scope);
            assign(node.target(), item, inner);
            if (expressions.isTrue(filter, inner)) {
                kept.add(item);
            }
        }
        return kept;
    }

    private void assign(Target target, Object value, Scope scope) {
        switch (target) {
            case Node.NameTarget name -> scope.set(name.name(), value);
            case Node.AttributeTarget attribute -> {
                if (!(scope.get(attribute.name()) instanceof Namespace namespace)) {
                    throw new TemplateException("cannot assign attribute on non-namespace object");
                }
                namespace.attributes().put(attribute.attribute(), value);
            }
            case Node.TupleTarget tuple -> unpack(tuple.targets(), value, scope);
        }
    }

    private void unpack(List<Target> targets, Object value, Scope scope) {
        if (!Values.isIterable(value)) {
            throw new TemplateException("cannot unpack non-iterable " + Values.typeName(value) + " object");
        }
        Iterator<Object> items = Values.iterate(value);
        List<Object> values = new ArrayList<>();
        while (items.hasNext() && values.size() <= targets.size()) {
            values.add(items.next());
        }
        if (values.size() > targets.size()) {
            throw new TemplateException("too many values to unpack (expected " + targets.size() + ")");
        }
        if (values.size() < targets.size()) {
            throw new TemplateException(
                    "not enough values to unpack (expected " + targets.size() + ", got " + values.size() + ")");
        }
        for (int i = 0; i < targets.size(); i++) {
            assign(targets.get(i), values.get(i), scope);
        }
    }
}
