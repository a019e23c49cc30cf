package io.specoffload.spring.autoconfigure;

import org.springframework.boot.diagnostics.AbstractFailureAnalyzer;
import org.springframework.boot.diagnostics.FailureAnalysis;
import org.springframework.core.annotation.Order;

/** Tells the user in plain words; goes before Boot's analyzers, which would report the failed binding instead. */
@Order(0)
class SpecOffloadFailureAnalyzer extends AbstractFailureAnalyzer<SpecOffloadStartupException> {

    @Override
    protected FailureAnalysis analyze(Throwable rootFailure, SpecOffloadStartupException cause) {
        return new FailureAnalysis(cause.getDescription(), cause.getAction(), rootFailure);
    }
}
