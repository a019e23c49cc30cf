package io.specoffload.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every command has. Exceptions of {@link #run} become exit codes and error lines in {@link CliSupport}. */
@SuppressWarnings("NullAway.Init") // picocli sets the fields
abstract class CliCommand implements Callable<Integer> {

    @Spec
    private CommandSpec spec;

    @Option(names = "--json", description = "Print machine-readable JSON on standard output.")
    private boolean json;

    /** Does the work. */
    abstract void run() throws Exception;

    @Override
    public final Integer call() throws Exception {
        try {
            run();
        } finally {
            out().flush();
        }
        return 0;
    }

    /** Whether the output is read by a machine. */
    final boolean json() {
        return json;
    }

    /** Standard output. */
    final PrintWriter out() {
        return spec.commandLine().getOut();
    }

    /** Standard error: progress and logs. */
    final PrintWriter err() {
        return spec.commandLine().getErr();
    }
}
