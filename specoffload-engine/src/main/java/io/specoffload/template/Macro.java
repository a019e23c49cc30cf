package io.specoffload.template;

import io.specoffload.template.Node.Expression;
import io.specoffload.template.Node.Signature;
import io.specoffload.template.Node.Statement;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A macro, or the body of a {@code call} block; called, it gives what it writes. */
final class Macro implements Callable {

    private final Signature signature;
    private final List<Statement> body;
    private final Scope definition;
    private final Evaluator evaluator;

    Macro(Signature signature, List<Statement> body, Scope definition, Evaluator evaluator) {
        this.signature = signature;
        this.body = body;
        this.definition = definition;
        this.evaluator = evaluator;
    }

    String name() {
        return signature.name();
    }

    @Nullable
    Object attribute(String name) {
        return switch (name) {
            case "name" -> signature.name();
            case "arguments" -> new Tuple(new ArrayList<>(signature.parameters()));
            case "catch_kwargs" -> takes("kwargs");
            case "catch_varargs" -> takes("varargs");
            case "caller" -> takes("caller");
            default -> null;
        };
    }

    /** Whether the body uses one of the special names. */
    private boolean takes(String special) {
        return signature.names().contains(special) && !signature.parameters().contains(special);
    }

    @Override
    public Object call(Arguments arguments) {
        Scope scope = new Scope(definition);
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        List<String> parameters = signature.parameters();
        List<Object> positional = arguments.positional();
        int firstDefault = parameters.size() - signature.defaults().size();
        for (int i = 0; i < parameters.size(); i++) {
            String parameter = parameters.get(i);
            Object value = named.remove(parameter);
            if (i < positional.size()) {
                if (value != null) {
                    throw new TemplateException(
                            "macro '" + name() + "' got multiple values for argument '" + parameter + "'");
                }
                value = positional.get(i);
            }
            if (value == null) {
                value = i < firstDefault
                        ? new Undefined("parameter '" + parameter + "' was not provided")
                        : byDefault(signature.defaults().get(i - firstDefault), scope);
            }
            scope.set(parameter, value);
        }
        special(scope, named, positional);
        return evaluator.capture(body, scope);
    }

    private Object byDefault(Expression expression, Scope scope) {
        return evaluator.expressions().evaluate(expression, scope);
    }

    private void special(Scope scope, Map<String, Object> named, List<Object> positional) {
        if (takes("caller")) {
            Object caller = named.remove("caller");
            scope.set("caller", caller == null ? new Undefined("No caller defined") : caller);
        }
        if (takes("kwargs")) {
            scope.set("kwargs", new LinkedHashMap<Object, Object>(named));
        } else if (!named.isEmpty()) {
            throw new TemplateException("macro '" + name() + "' takes no keyword argument '"
                    + named.keySet().iterator().next() + "'");
        }
        int known = signature.parameters().size();
        if (takes("varargs")) {
            scope.set(
                    "varargs",
                    new Tuple(positional.size() > known ? positional.subList(known, positional.size()) : List.of()));
        } else if (positional.size() > known) {
            throw new TemplateException("macro '" + name() + "' takes not more than " + known + " argument(s)");
        }
    }
}
