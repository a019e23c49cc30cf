package io.specoffload.template;

import io.specoffload.template.Node.CallArguments;
import io.specoffload.template.Node.Expression;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Evaluates expressions. */
final class Expressions {

    private static final int LIST_STEPS = 8;
    private static final int DICT_STEPS = 20;

    private final Environment environment;
    private final Budget budget;

    Expressions(Environment environment) {
        this.environment = environment;
        budget = environment.budget();
    }

    Object evaluate(Expression expression, Scope scope) {
        budget.step(1);
        return switch (expression) {
            case Node.Literal literal -> literal.value();
            case Node.Name name -> variable(name.name(), scope);
            case Node.Attribute node -> {
                Object object = evaluate(node.object(), scope);
                budget.at(node.line());
                yield environment.attributes().attribute(object, node.name());
            }
            case Node.Item node -> {
                Object object = evaluate(node.object(), scope);
                Object index = evaluate(node.index(), scope);
                budget.at(node.line());
                yield environment.attributes().item(object, index);
            }
            case Node.Slice node ->
                new SliceValue(bound(node.start(), scope), bound(node.stop(), scope), bound(node.step(), scope));
            case Node.Call node -> call(node, scope, null);
            case Node.Filtered node -> filter(evaluate(node.value(), scope), node.filter(), scope);
            case Node.Test node -> test(node, scope);
            case Node.Not node -> !isTrue(node.value(), scope);
            case Node.And node -> {
                Object left = evaluate(node.left(), scope);
                yield Values.isTrue(left) ? evaluate(node.right(), scope) : left;
            }
            case Node.Or node -> {
                Object left = evaluate(node.left(), scope);
                yield Values.isTrue(left) ? left : evaluate(node.right(), scope);
            }
            case Node.Unary node -> Arithmetic.sign(node.operator(), evaluate(node.value(), scope));
            case Node.Binary node -> {
                Object left = evaluate(node.left(), scope);
                Object right = evaluate(node.right(), scope);
                budget.at(node.line());
                yield Arithmetic.apply(node.operator(), left, right, budget);
            }
            case Node.Compare node -> compare(node, scope);
            case Node.Concat node -> concat(node.items(), scope);
            case Node.Conditional node -> conditional(node, scope);
            case Node.ListLiteral node -> {
                budget.step(LIST_STEPS);
                yield all(node.items(), scope);
            }
            case Node.TupleLiteral node -> {
                budget.step(LIST_STEPS);
                yield new Tuple(all(node.items(), scope));
            }
            case Node.DictLiteral node -> {
                budget.step(DICT_STEPS);
                yield dict(node.entries(), scope);
            }
        };
    }

    boolean isTrue(Expression expression, Scope scope) {
        return Values.isTrue(evaluate(expression, scope));
    }

    private Object variable(String name, Scope scope) {
        Object value = scope.get(name);
        if (value == null) {
            value = environment.global(name);
        }
        return value == null ? Undefined.variable(name) : value;
    }

    private @Nullable Long bound(@Nullable Expression expression, Scope scope) {
        if (expression == null) {
            return null;
        }
        Object value = evaluate(expression, scope);
        Long bound = Values.integer(value);
        if (bound == null && value != None.NONE) {
            throw new TemplateException("slice indices must be integers or None");
        }
        return bound;
    }

    private List<Object> all(List<Expression> items, Scope scope) {
        List<Object> values = new ArrayList<>(items.size());
        for (Expression item : items) {
            values.add(evaluate(item, scope));
        }
        return values;
    }

    private Map<Object, Object> dict(List<Node.Entry> entries, Scope scope) {
        Map<Object, Object> map = new LinkedHashMap<>();
        for (Node.Entry entry : entries) {
            Object key = Values.hashable(evaluate(entry.key(), scope));
            map.put(key, evaluate(entry.value(), scope));
        }
        return map;
    }

    private String concat(List<Expression> items, Scope scope) {
        StringBuilder out = new StringBuilder();
        for (Expression item : items) {
            String text = Texts.str(evaluate(item, scope), budget);
            budget.grow(out.length(), text.length());
            out.append(text);
        }
        return out.toString();
    }

    private Object conditional(Node.Conditional node, Scope scope) {
        if (isTrue(node.condition(), scope)) {
            return evaluate(node.then(), scope);
        }
        Expression orElse = node.orElse();
        return orElse == null
                ? new Undefined("the inline if-expression on line " + node.line()
                        + " evaluated to false and no else section was defined.")
                : evaluate(orElse, scope);
    }

    private boolean compare(Node.Compare node, Scope scope) {
        Object left = evaluate(node.first(), scope);
        for (Node.Operand operand : node.rest()) {
            Object right = evaluate(operand.value(), scope);
            budget.at(node.line());
            boolean holds = switch (operand.operator()) {
                case "==" -> Values.equal(left, right, budget);
                case "!=" -> !Values.equal(left, right, budget);
                case "in" -> Values.contains(right, left, budget);
                case "not in" -> !Values.contains(right, left, budget);
                case "<" -> Values.compare("<", left, right, budget) < 0;
                case "<=" -> Values.compare("<=", left, right, budget) <= 0;
                case ">" -> Values.compare(">", left, right, budget) > 0;
                default -> Values.compare(">=", left, right, budget) >= 0;
            };
            if (!holds) {
                return false;
            }
            left = right;
        }
        return true;
    }

    /** Calls; {@code caller} is the body of a {@code call} block. */
    Object call(Node.Call node, Scope scope, @Nullable Macro caller) {
        Object function = evaluate(node.function(), scope);
        Arguments arguments = arguments(node.arguments(), scope, caller);
        budget.at(node.line());
        if (function instanceof Undefined undefined) {
            throw undefined.error();
        }
        if (!(function instanceof Callable callable)) {
            throw new TemplateException("'" + Values.typeName(function) + "' object is not callable");
        }
        budget.enter();
        Object result = callable.call(arguments);
        budget.leave();
        budget.at(node.line());
        return result;
    }

    Object filter(Object value, Node.FilterCall filter, Scope scope) {
        Arguments arguments = arguments(filter.arguments(), scope, null);
        budget.at(filter.line());
        return environment.filter(filter.name(), value, arguments);
    }

    private boolean test(Node.Test node, Scope scope) {
        Object value = evaluate(node.value(), scope);
        Arguments arguments = arguments(node.arguments(), scope, null);
        budget.at(node.line());
        return environment.test(node.name(), value, arguments);
    }

    private Arguments arguments(CallArguments nodes, Scope scope, @Nullable Macro caller) {
        if (nodes.isEmpty() && caller == null) {
            return Arguments.NONE;
        }
        Arguments.Builder arguments = new Arguments.Builder();
        for (Expression positional : nodes.positional()) {
            arguments.add(evaluate(positional, scope));
        }
        Expression starred = nodes.starred();
        if (starred != null) {
            Iterator<Object> items = Values.iterate(evaluate(starred, scope));
            items.forEachRemaining(arguments::add);
        }
        for (Node.Keyword keyword : nodes.named()) {
            arguments.add(keyword.name(), evaluate(keyword.value(), scope));
        }
        Expression doubleStarred = nodes.doubleStarred();
        if (doubleStarred != null) {
            if (!(evaluate(doubleStarred, scope) instanceof Map<?, ?> map)) {
                throw new TemplateException("the argument after ** must be a mapping");
            }
            map.forEach((key, value) -> arguments.add(Texts.str(key, budget), value));
        }
        if (caller != null) {
            arguments.add("caller", caller);
        }
        return arguments.build();
    }
}
