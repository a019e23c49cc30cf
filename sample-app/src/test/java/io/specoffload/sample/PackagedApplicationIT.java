package io.specoffload.sample;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.wait.strategy.Wait;
import org.testcontainers.images.builder.ImageFromDockerfile;
import org.testcontainers.junit.jupiter.Testcontainers;
import tools.jackson.databind.JsonNode;

/**
 * The packaged jar in a container: models are extracted from the jar, and the application answers. The image is built
 * from this machine's JVM, nothing is pulled. Runs after packaging, where a Docker engine is.
 */
@Testcontainers(disabledWithoutDocker = true)
class PackagedApplicationIT {

    @TempDir
    static Path folder;

    @Test
    void answersFromItsOwnJar() throws Exception {
        Path jar = Path.of(System.getProperty("sample.jar", "none"));
        assumeTrue(Files.isRegularFile(jar), "there is no packaged jar");
        assumeTrue(
                System.getProperty("os.name").equals("Linux"), "the image is made of this machine's JVM: Linux only");
        assumeTrue(
                getClass().getResource("/models/specoffload-demo-target-q8_0.gguf") != null,
                "the demo models are not bundled yet");

        try (GenericContainer<?> container = new GenericContainer<>(image(jar))
                .withImagePullPolicy(name -> false)
                .withExposedPorts(8080)
                .waitingFor(Wait.forHttp("/actuator/health/readiness")
                        .forPort(8080)
                        .withStartupTimeout(Duration.ofMinutes(4)))) {
            container.start();
            Client client = new Client("http://" + container.getHost() + ":" + container.getMappedPort(8080));

            JsonNode order = Client.json(client.post(
                    "/api/orders/extract",
                    "text/plain",
                    "Anna Keller orders 2 x oak shelf at 12.50 EUR each. Please deliver to Graz by 3 March 2027."));
            var chat = Client.events(client.postJson("/api/chat/stream", "{\"message\":\"Hello!\"}"));
            JsonNode report = Client.json(client.get("/actuator/specoffload"));

            assertThat(order.propertyNames())
                    .containsExactly("kind", "customer", "items", "currency", "deliveryDate", "city");
            assertThat(chat.getLast().name()).isEqualTo("done");
            assertThat(report.at("/models/target/path").asString()).startsWith("/tmp/models/");
            assertThat(report.at("/engine/backend").asString()).contains("vector");
            assertThat(container.getLogs()).contains("Extracted classpath:models/specoffload-demo-target-q8_0.gguf");
        }
    }

    private static ImageFromDockerfile image(Path jar) throws Exception {
        RootFileSystem files = new RootFileSystem(folder);
        files.addJvm(Path.of(System.getProperty("java.home")));
        files.add(jar, "app.jar");
        return new ImageFromDockerfile("specoffload-sample-test", true)
                .withFileFromPath("root", folder)
                .withDockerfileFromBuilder(builder -> builder.from("scratch")
                        .copy("root", "/")
                        .env("SPRING_AI_SPECOFFLOAD_CACHE_DIRECTORY", "/tmp/models")
                        .entryPoint(
                                "/jvm/bin/java", "--add-modules=jdk.incubator.vector", "-Xmx512m", "-jar", "/app.jar")
                        .build());
    }
}
