package io.specoffload.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command {@code specoffload}. */
@Command(
        name = "specoffload",
        description = "Runs GGUF language models in the JVM.",
        mixinStandardHelpOptions = true,
        versionProvider = CliSupport.Version.class,
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {"0:success", "1:internal failure", "2:bad usage or bad input", "130:interrupted"},
        subcommands = {
            InspectCommand.class,
            TokenizeCommand.class,
            DetokenizeCommand.class,
            LogitsCommand.class,
            RenderCommand.class,
            GenerateCommand.class,
            SynthesizeCommand.class,
            PlanCommand.class,
            ProfileCommand.class,
            BatchCommand.class,
            BenchCommand.class,
        })
@SuppressWarnings("NullAway.Init") // picocli sets the fields
public final class Main implements Runnable {

    @Spec
    private CommandSpec spec;

    /** Runs a command and ends the JVM with its exit code. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** The command line with all commands; standard output and error are in UTF-8. */
    static CommandLine commandLine() {
        return CliSupport.configure(new CommandLine(new Main()));
    }

    @Override
    public void run() {
        throw new ParameterException(
                spec.commandLine(),
                "name a command: " + String.join(", ", spec.subcommands().keySet()));
    }
}
