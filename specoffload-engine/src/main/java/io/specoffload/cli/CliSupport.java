package io.specoffload.cli;

import io.specoffload.engine.MemoryBudgetException;
import io.specoffload.engine.ModelPairException;
import io.specoffload.format.ModelFormatException;
import io.specoffload.store.WeightReadException;
import io.specoffload.template.TemplateException;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.IVersionProvider;
import tools.jackson.databind.json.JsonMapper;

/** What all commands share: exit codes, error lines, output. */
final class CliSupport {

    static final int INTERNAL_FAILURE = 1;
    static final int BAD_INPUT = 2;
    static final int INTERRUPTED = 130;

    private CliSupport() {}

    /** Sets output, exit codes and error lines of a command line. */
    static CommandLine configure(CommandLine commandLine) {
        return commandLine
                .setOut(utf8(FileDescriptor.out))
                .setErr(utf8(FileDescriptor.err))
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setParameterExceptionHandler((problem, arguments) -> {
                    CommandLine failed = problem.getCommandLine();
                    return refuse(
                            failed,
                            problem.getMessage() + " (see "
                                    + failed.getCommandSpec().qualifiedName() + " --help)");
                })
                .setExecutionExceptionHandler((problem, failed, parsed) -> {
                    if (problem instanceof InterruptedException) {
                        failed.getErr().println(failed.getCommandSpec().qualifiedName() + ": interrupted");
                        return INTERRUPTED;
                    }
                    String badInput = badInput(problem);
                    if (badInput != null) {
                        return refuse(failed, badInput);
                    }
                    failed.getErr().println(failed.getCommandSpec().qualifiedName() + ": internal failure");
                    problem.printStackTrace(failed.getErr());
                    failed.getErr().flush();
                    return INTERNAL_FAILURE;
                });
    }

    private static PrintWriter utf8(FileDescriptor descriptor) {
        return new PrintWriter(new OutputStreamWriter(new FileOutputStream(descriptor), StandardCharsets.UTF_8), true);
    }

    private static int refuse(CommandLine commandLine, String problem) {
        commandLine
                .getErr()
                .println(commandLine.getCommandSpec().qualifiedName() + ": "
                        + problem.strip().replaceAll("\\s*\\R\\s*", " "));
        commandLine.getErr().flush();
        return BAD_INPUT;
    }

    /** What is wrong with the input, or null for a failure of ours. */
    private static @Nullable String badInput(@Nullable Throwable problem) {
        return switch (problem) {
            case null -> null;
            case UncheckedIOException wrapped -> badInput(wrapped.getCause());
            case ModelFormatException e -> e.getMessage();
            case ModelPairException e -> e.getMessage();
            case MemoryBudgetException e -> e.getMessage();
            case WeightReadException e -> e.getMessage();
            case TemplateException e -> e.getMessage();
            case IllegalArgumentException e -> e.getMessage();
            case NoSuchFileException e -> "no such file: " + e.getFile();
            case AccessDeniedException e -> "access denied: " + e.getFile();
            case FileSystemException e -> e.getMessage();
            case CharacterCodingException e -> "the text is not UTF-8 (" + e.getMessage() + ")";
            default -> null;
        };
    }

    /** A value as one line of JSON. */
    static String json(Object value) {
        return JsonMapper.shared().writeValueAsString(value);
    }

    /** The version in the jar's manifest. */
    static final class Version implements IVersionProvider {

        @Override
        public String[] getVersion() {
            String version = Main.class.getPackage().getImplementationVersion();
            return new String[] {"specoffload " + (version == null ? "(development)" : version)};
        }
    }
}
