package io.specoffload.template;

/** Python's {@code None}. Inside the interpreter no value is a Java null. */
enum None {
    NONE
}
