package io.specoffload.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.TestInstance;

/** The package rules of the engine: who may use whom, and what stays where. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ArchitectureTest {

    private static final String ROOT = "io.specoffload.";

    /** For each package the packages of the engine that it may use. A new entry needs a reason. */
    private static final Map<String, Set<String>> MAY_USE = new TreeMap<>(Map.ofEntries(
            Map.entry("tensor", Set.of()),
            Map.entry("format", Set.of("tensor")),
            Map.entry("template", Set.of()),
            Map.entry("tokenizer", Set.of("format", "template")),
            Map.entry("chat", Set.of("tokenizer", "template")),
            Map.entry("backend", Set.of("tensor")),
            Map.entry("backend.cpu", Set.of("backend", "tensor")),
            // loaded only where the JVM has the Vector API
            Map.entry("backend.cpu.vector", Set.of("backend", "backend.cpu", "backend.cpu.x86", "tensor")),
            // writes machine code to memory that may be executed
            Map.entry("backend.cpu.x86", Set.of("backend.cpu", "io", "tensor")),
            // knows JCuda; measured by calibration
            Map.entry("backend.cuda", Set.of("backend", "tensor")),
            // speeds are by type of weights
            Map.entry("hardware", Set.of("tensor")),
            // measures through the backends' own kernels and copies, and how long choosing a token takes
            Map.entry("calibration", Set.of("backend", "backend.cuda", "hardware", "io", "sampling", "tensor")),
            // io: pages are taken from the system and given back to it
            Map.entry("kv", Set.of("tensor", "backend", "io")),
            // the routing of a batch is reported where it is made
            Map.entry("model", Set.of("tensor", "backend", "kv", "format", "telemetry")),
            Map.entry("telemetry", Set.of()),
            Map.entry("io", Set.of()),
            Map.entry("placement", Set.of("tensor")),
            Map.entry("store", Set.of("placement", "format", "io", "tensor", "telemetry")),
            // format: what a store holds is bound to a layer's parts as a file's tensors are
            Map.entry("execution", Set.of("model", "kv", "backend", "tensor", "format", "store", "telemetry")),
            Map.entry("sampling", Set.of("tensor", "tokenizer")),
            Map.entry("speculative", Set.of("model", "execution", "kv", "sampling", "tensor")),
            // pure arithmetic
            Map.entry("plan", Set.of("hardware", "tensor")),
            Map.entry(
                    "pipeline",
                    Set.of("speculative", "execution", "model", "kv", "sampling", "tokenizer", "plan", "telemetry")),
            Map.entry(
                    "engine",
                    Set.of(
                            "tensor",
                            "format",
                            "template",
                            "tokenizer",
                            "chat",
                            "backend",
                            "backend.cpu",
                            "calibration",
                            "hardware",
                            "kv",
                            "model",
                            "execution",
                            "telemetry",
                            "placement",
                            "store",
                            "sampling",
                            "speculative",
                            "pipeline",
                            "plan")),
            // the weight formats tell how large random blocks decode
            Map.entry("synthetic", Set.of("format", "tensor", "backend.cpu")),
            // times single passes as well as the whole engine, and the disk below it
            Map.entry(
                    "bench",
                    Set.of(
                            "engine",
                            "execution",
                            "model",
                            "kv",
                            "backend",
                            "backend.cpu",
                            "format",
                            "hardware",
                            "io",
                            "pipeline",
                            "plan",
                            "telemetry",
                            "tensor")),
            Map.entry(
                    "cli",
                    Set.of(
                            "synthetic",
                            "tensor",
                            "format",
                            "template",
                            "tokenizer",
                            "chat",
                            "backend",
                            "backend.cpu",
                            "calibration",
                            "hardware",
                            "kv",
                            "model",
                            "execution",
                            "telemetry",
                            "placement",
                            "store",
                            "sampling",
                            "speculative",
                            "pipeline",
                            "plan",
                            "engine",
                            "bench"))));

    private JavaClasses engine;

    @BeforeAll
    void importClasses() {
        engine = new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("io.specoffload");
    }

    @Test
    void everyPackageHasARule() {
        Set<String> packages = engine.stream()
                .map(JavaClass::getPackageName)
                .map(name -> name.substring(ROOT.length()))
                .collect(Collectors.toSet());
        assertThat(MAY_USE.keySet()).containsAll(packages);
    }

    @TestFactory
    List<DynamicTest> aPackageUsesOnlyWhatItMay() {
        List<DynamicTest> tests = new ArrayList<>();
        MAY_USE.forEach((name, allowed) -> {
            String[] mine = {ROOT + name};
            String[] forbidden = MAY_USE.keySet().stream()
                    .filter(other -> !other.equals(name) && !allowed.contains(other))
                    .map(other -> ROOT + other)
                    .toArray(String[]::new);
            ArchRule rule = noClasses()
                    .that()
                    .resideInAnyPackage(mine)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(forbidden)
                    .allowEmptyShould(true);
            tests.add(DynamicTest.dynamicTest(name, () -> rule.check(engine)));
        });
        return tests;
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.specoffload.(**)").should().beFreeOfCycles().check(engine);
    }

    @Test
    void theVectorApiStaysInTheCpuBackend() {
        noClasses()
                .that()
                .resideOutsideOfPackages(ROOT + "backend.cpu", ROOT + "backend.cpu.vector")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jdk.incubator..")
                .check(engine);
    }

    @Test
    void jcudaStaysInItsBackend() {
        noClasses()
                .that()
                .resideOutsideOfPackage(ROOT + "backend.cuda")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("jcuda..")
                .check(engine);
    }

    @Test
    void hardwareProfilesArePureFacts() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "hardware")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.io..", "java.nio..", "java.time..", "java.util.concurrent..", "tools.jackson..")
                .orShould()
                .dependOnClassesThat()
                .belongToAnyOf(Thread.class, System.class, java.util.Random.class)
                .check(engine);
    }

    @Test
    void planningIsPure() {
        noClasses()
                .that()
                .resideInAPackage(ROOT + "plan")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "java.io..", "java.nio..", "java.util.concurrent..", "java.time..", "java.util.random..")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.util.Random")
                .orShould()
                .dependOnClassesThat()
                .haveFullyQualifiedName("java.lang.Thread")
                .orShould()
                .callMethod(System.class, "nanoTime")
                .orShould()
                .callMethod(System.class, "currentTimeMillis")
                .orShould()
                .callMethod(Math.class, "random")
                .check(engine);
    }

    @Test
    void thereIsNoSpring() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage("org.springframework..", "io.micrometer..", "reactor..")
                .check(engine);
    }

    @Test
    void thereIsNoMutableStaticState() {
        fields().that()
                .areStatic()
                .and()
                .areDeclaredInClassesThat(not(resideInAnyPackage("org.jspecify..")))
                .should()
                .beFinal()
                .check(engine);
        fields().that()
                .areStatic()
                .and(DescribedPredicate.describe(
                        "are not synthetic", field -> !field.getModifiers().contains(JavaModifier.SYNTHETIC)))
                .should()
                .notHaveRawType(resideInAPackage("java.util.concurrent.atomic.."))
                .check(engine);
    }

    @Test
    void onlyTheCommandLinePrints() {
        noClasses()
                .that(not(resideInAPackage(ROOT + "cli")))
                .should()
                .accessField(System.class, "out")
                .orShould()
                .accessField(System.class, "err")
                .check(engine);
    }

    @Test
    void onlyTheConfigurationReadsPropertiesAndEnvironment() {
        noClasses()
                .that(not(resideInAPackage(ROOT + "cli")))
                .and()
                .doNotHaveSimpleName("EngineConfig")
                .should()
                .callMethod(System.class, "getProperty", String.class)
                .orShould()
                .callMethod(System.class, "getProperty", String.class, String.class)
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .orShould()
                .callMethod(System.class, "getenv")
                .check(engine);
    }

    @Test
    void modelFamiliesAreNamedOnlyWhereTheyAreDescribed() {
        classes()
                .that()
                .resideOutsideOfPackages(ROOT + "model", ROOT + "tokenizer", ROOT + "chat")
                .should()
                .haveNameNotMatching(".*(Llama|Qwen|Gemma|Phi|Mistral|Mixtral|GptOss).*")
                .check(engine);
    }
}
