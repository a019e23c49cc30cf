package io.specoffload.template;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A template's syntax tree. */
sealed interface Node {

    /** The template's line, counted from 1. */
    int line();

    // ---- statements

    /** Something that writes output or changes variables. */
    sealed interface Statement extends Node {}

    record Text(int line, String text) implements Statement {}

    record Print(int line, Expression expression) implements Statement {}

    record Branch(Expression condition, List<Statement> body) {}

    record If(int line, List<Branch> branches, List<Statement> orElse) implements Statement {}

    record For(
            int line,
            Target target,
            Expression iterable,
            @Nullable Expression filter,
            List<Statement> body,
            List<Statement> orElse,
            boolean recursive)
            implements Statement {}

    record Assign(int line, Target target, Expression value) implements Statement {}

    /** Assigns what the body writes, passed through filters. */
    record AssignBlock(int line, Target target, List<FilterCall> filters, List<Statement> body) implements Statement {}

    record MacroDefinition(int line, Signature signature, List<Statement> body) implements Statement {}

    record CallBlock(int line, Call call, Signature signature, List<Statement> body) implements Statement {}

    record FilterBlock(int line, List<FilterCall> filters, List<Statement> body) implements Statement {}

    record With(int line, List<Assign> assignments, List<Statement> body) implements Statement {}

    /** A body with variables of its own: {@code block} and {@code generation}. */
    record Scoped(int line, List<Statement> body) implements Statement {}

    record Break(int line) implements Statement {}

    record Continue(int line) implements Statement {}

    /**
     * A macro's parameters.
     *
     * @param defaults of the last parameters
     * @param names every name that the body uses: whether it takes further arguments or a caller
     */
    record Signature(String name, List<String> parameters, List<Expression> defaults, Set<String> names) {}

    // ---- what can be assigned to

    /** The left side of an assignment. */
    sealed interface Target {}

    record NameTarget(String name) implements Target {}

    record AttributeTarget(String name, String attribute) implements Target {}

    record TupleTarget(List<Target> targets) implements Target {}

    // ---- expressions

    /** Something that has a value. */
    sealed interface Expression extends Node {}

    record Literal(int line, Object value) implements Expression {}

    record Name(int line, String name) implements Expression {}

    record ListLiteral(int line, List<Expression> items) implements Expression {}

    record TupleLiteral(int line, List<Expression> items) implements Expression {}

    record Entry(Expression key, Expression value) {}

    record DictLiteral(int line, List<Entry> entries) implements Expression {}

    record Attribute(int line, Expression object, String name) implements Expression {}

    record Item(int line, Expression object, Expression index) implements Expression {}

    record Slice(
            int line,
            @Nullable Expression start,
            @Nullable Expression stop,
            @Nullable Expression step) implements Expression {}

    record Call(int line, Expression function, CallArguments arguments) implements Expression {}

    record Keyword(String name, Expression value) {}

    record CallArguments(
            List<Expression> positional,
            List<Keyword> named,
            @Nullable Expression starred,
            @Nullable Expression doubleStarred) {
        static final CallArguments NONE = new CallArguments(List.of(), List.of(), null, null);

        boolean isEmpty() {
            return positional.isEmpty() && named.isEmpty() && starred == null && doubleStarred == null;
        }
    }

    record FilterCall(int line, String name, CallArguments arguments) {}

    record Filtered(int line, Expression value, FilterCall filter) implements Expression {}

    record Test(int line, Expression value, String name, CallArguments arguments) implements Expression {}

    record Not(int line, Expression value) implements Expression {}

    record And(int line, Expression left, Expression right) implements Expression {}

    record Or(int line, Expression left, Expression right) implements Expression {}

    /** A sign: {@code -} or {@code +}. */
    record Unary(int line, String operator, Expression value) implements Expression {}

    /** Arithmetic: {@code + - * / // % **}. */
    record Binary(int line, String operator, Expression left, Expression right) implements Expression {}

    record Operand(String operator, Expression value) {}

    /** A chain of comparisons; the operators also are {@code in} and {@code not in}. */
    record Compare(int line, Expression first, List<Operand> rest) implements Expression {}

    record Concat(int line, List<Expression> items) implements Expression {}

    record Conditional(
            int line,
            Expression condition,
            Expression then,
            @Nullable Expression orElse) implements Expression {}
}
