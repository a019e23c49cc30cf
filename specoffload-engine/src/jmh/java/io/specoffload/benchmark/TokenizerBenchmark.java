package io.specoffload.benchmark;

import io.specoffload.format.GgufFile;
import io.specoffload.tokenizer.Tokenizer;
import io.specoffload.tokenizer.Tokenizers;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * One megabyte of text to tokens. {@code vocabulary} is a GGUF file: by default the bundled demo model's; give published
 * ones with {@code -p vocabulary=A.gguf,B.gguf}.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class TokenizerBenchmark {

    private static final int BYTES = 1 << 20;
    private static final String[] WORDS = {
        "the",
        "engine",
        "reads",
        "a",
        "large",
        "file",
        "while",
        "it",
        "computes",
        "naïve",
        "Größe",
        "日本語",
        "don't",
        "42",
        "3.14",
        "tokenizer",
        "tokenizers",
        "international",
        "e-mail",
        "x = y;",
        "(see)",
        "🙂"
    };

    @Param({"prose", "code", "oneLetter", "spaces", "digits", "noSpaces"})
    private String text;

    @Param("../sample-app/src/main/resources/models/specoffload-demo-target-q8_0.gguf")
    private String vocabulary;

    private Tokenizer tokenizer;
    private String input;

    /** Makes the text and checks that it comes back out of its tokens. */
    @Setup
    public void prepare() throws IOException {
        try (GgufFile file = GgufFile.open(Path.of(vocabulary))) {
            tokenizer = Tokenizers.from(file.metadata());
        }
        input = make(text);
        String back = tokenizer.decodeText(tokenizer.encode(input, false, false));
        if (!back.equals(input)) {
            throw new IllegalStateException("the text does not come back out of its tokens");
        }
    }

    private static String make(String kind) {
        SplittableRandom random = new SplittableRandom(5);
        StringBuilder out = new StringBuilder("A");
        while (out.length() < BYTES - 40) {
            switch (kind) {
                case "prose" -> out.append(' ').append(WORDS[random.nextInt(WORDS.length)]);
                case "code" ->
                    out.append("    if (value")
                            .append(random.nextInt(99))
                            .append(" == null) {\n        return;\n    }\n");
                case "oneLetter" -> out.append('a');
                case "spaces" -> out.append("  ");
                case "digits" -> out.append(random.nextInt(10));
                default -> out.append(WORDS[random.nextInt(WORDS.length)]);
            }
        }
        String made = out.toString();
        while (made.getBytes(StandardCharsets.UTF_8).length > BYTES) {
            made = made.substring(0, made.length() * 9 / 10);
        }
        return made;
    }

    @Benchmark
    public int[] encode() {
        return tokenizer.encode(input, false, false);
    }
}
