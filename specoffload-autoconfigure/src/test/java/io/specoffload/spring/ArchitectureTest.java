package io.specoffload.spring;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.springframework.boot.autoconfigure.AutoConfiguration;

class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.specoffload.spring");

    private static final Set<String> FACADE = Set.of(
            "io.specoffload.engine", "io.specoffload.hardware", "io.specoffload.tokenizer", "io.specoffload.sampling");

    private static final Set<String> FACADE_CLASSES = Set.of(
            "io.specoffload.pipeline.FinishReason",
            // the actuator's report shows it as it is
            "io.specoffload.pipeline.PipelineSnapshot",
            "io.specoffload.pipeline.PlanChange",
            "io.specoffload.format.ModelFormatException",
            // what to plan for is a matter of properties
            "io.specoffload.plan.Demand",
            "io.specoffload.plan.Demand$Objective",
            // the start's failure is explained by it
            "io.specoffload.store.WeightReadException");

    @Test
    void packagesHaveNoCycles() {
        slices().matching("io.specoffload.spring.(*)..")
                .should()
                .beFreeOfCycles()
                .check(CLASSES);
    }

    @Test
    void theModelDoesNotKnowItsAutoConfiguration() {
        noClasses()
                .that()
                .resideInAPackage("io.specoffload.spring.ai..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.specoffload.spring.autoconfigure..",
                        "org.springframework.boot..",
                        "io.github.resilience4j..",
                        "io.micrometer.core..")
                .check(CLASSES);
    }

    @Test
    void theEngineIsUsedThroughItsFacade() {
        noClasses()
                .should()
                .dependOnClassesThat(DescribedPredicate.describe("are inside of the engine", ArchitectureTest::isInner))
                .check(CLASSES);
    }

    private static boolean isInner(JavaClass type) {
        String name = type.getPackageName();
        return name.startsWith("io.specoffload.")
                && !name.startsWith("io.specoffload.spring")
                && !FACADE.contains(name)
                && !FACADE_CLASSES.contains(type.getName());
    }

    @Test
    void autoConfigurationsAreFinalAndNamedSo() {
        classes()
                .that()
                .areAnnotatedWith(AutoConfiguration.class)
                .should()
                .haveModifier(JavaModifier.FINAL)
                .andShould()
                .bePublic()
                .andShould()
                .haveSimpleNameEndingWith("AutoConfiguration")
                .andShould()
                .resideInAPackage("io.specoffload.spring.autoconfigure")
                .check(CLASSES);
    }

    @Test
    void nothingIsStaticAndMutable() {
        noFields().that().areStatic().should().notBeFinal().check(CLASSES);
    }

    @Test
    void environmentAndSystemPropertiesComeFromSpring() {
        noClasses()
                .should()
                .callMethod(System.class, "getProperty", String.class)
                .orShould()
                .callMethod(System.class, "getenv", String.class)
                .orShould()
                .accessField(System.class, "out")
                .check(CLASSES);
    }
}
