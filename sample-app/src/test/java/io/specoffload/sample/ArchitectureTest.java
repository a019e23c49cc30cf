package io.specoffload.sample;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** The sample shows what an application needs: Spring AI, and no more of the engine than its exceptions. */
class ArchitectureTest {

    private static final JavaClasses CLASSES = new ClassFileImporter()
            .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
            .importPackages("io.specoffload.sample");

    @Test
    void theEngineStaysBehindTheStarter() {
        noClasses()
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.specoffload.spring.autoconfigure..",
                        "io.specoffload.pipeline..",
                        "io.specoffload.tokenizer..",
                        "io.specoffload.sampling..",
                        "io.specoffload.model..",
                        "io.specoffload.format..")
                .check(CLASSES);
        noClasses()
                .that()
                .haveSimpleNameNotStartingWith("ErrorResponses")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.specoffload.engine..")
                .check(CLASSES);
    }
}
