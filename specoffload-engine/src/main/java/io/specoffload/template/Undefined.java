package io.specoffload.template;

/**
 * A variable, attribute or element that does not exist. It prints as nothing, is false and empty, and any other use
 * of it is an error.
 *
 * @param message what is missing, the error's text
 */
record Undefined(String message) {

    static Undefined variable(String name) {
        return new Undefined("'" + name + "' is undefined");
    }

    TemplateException error() {
        return new TemplateException(message);
    }
}
