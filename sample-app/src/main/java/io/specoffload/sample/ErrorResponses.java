package io.specoffload.sample;

import io.github.resilience4j.bulkhead.BulkheadFullException;
import io.github.resilience4j.circuitbreaker.CallNotPermittedException;
import io.specoffload.engine.ContextLengthExceededException;
import io.specoffload.engine.EngineClosedException;
import io.specoffload.engine.EngineOverloadedException;
import io.specoffload.spring.ai.GenerationTimeoutException;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ProblemDetail;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.RestControllerAdvice;
import tools.jackson.core.JacksonException;

/** What the engine refuses, in terms of HTTP. */
@RestControllerAdvice
class ErrorResponses {

    @ExceptionHandler({EngineOverloadedException.class, BulkheadFullException.class})
    ResponseEntity<ProblemDetail> overloaded() {
        return unavailable("The model has too many requests: try again in a moment.", 1);
    }

    @ExceptionHandler({CallNotPermittedException.class, EngineClosedException.class})
    ResponseEntity<ProblemDetail> down() {
        return unavailable("The model does not answer at present.", 10);
    }

    private static ResponseEntity<ProblemDetail> unavailable(String detail, int seconds) {
        return ResponseEntity.status(HttpStatus.SERVICE_UNAVAILABLE)
                .header(HttpHeaders.RETRY_AFTER, String.valueOf(seconds))
                .body(ProblemDetail.forStatusAndDetail(HttpStatus.SERVICE_UNAVAILABLE, detail));
    }

    @ExceptionHandler
    ProblemDetail tooLong(ContextLengthExceededException e) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.BAD_REQUEST, String.valueOf(e.getMessage()));
    }

    @ExceptionHandler
    ProblemDetail timeout(GenerationTimeoutException e) {
        return ProblemDetail.forStatusAndDetail(HttpStatus.GATEWAY_TIMEOUT, String.valueOf(e.getMessage()));
    }

    /** The constrained answer was cut off, or has a date that does not exist. */
    @ExceptionHandler
    ProblemDetail notAnOrder(JacksonException e) {
        return ProblemDetail.forStatusAndDetail(
                HttpStatus.UNPROCESSABLE_CONTENT, "No complete order could be read from the text.");
    }
}
