package dev.ssebridge.example.suite.parity;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.example.suite.OnEveryServer;
import dev.ssebridge.example.suite.Servers;
import dev.ssebridge.websocket.SseBridgeInitializer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every case, over the WebSocket of a server without the bridge, and over the bridge. Where a
 * container does something else than the specification says, or the bridge does on purpose, {@link
 * Deviation} has it, and the test fails when that is no longer so.
 */
@OnEveryServer
class ParityTest {
  private static List<Case> cases() {
    return Stream.of(
            LifecycleParameters.cases(),
            MessageParameters.cases(),
            ReturnsAndSizes.cases(),
            Handlers.cases(),
            Coding.cases(),
            Handshakes.cases(),
            Sending.cases(),
            Sessions.cases())
        .flatMap(List::stream)
        .toList();
  }

  @TestFactory
  Stream<DynamicTest> overBothTransports(Servers servers) {
    EmbeddedServer plain = servers.start(config());
    EmbeddedServer bridged = servers.start(config().initializer(new SseBridgeInitializer()));
    return cases().stream()
        .flatMap(
            each ->
                Stream.of(
                    dynamicTest(
                        each.name + ", over WebSocket",
                        () -> check(plain, each, Transport.WEBSOCKET)),
                    dynamicTest(
                        each.name + ", over the bridge",
                        () -> check(bridged, each, Transport.BRIDGE))));
  }

  private static ServerConfig.Builder config() {
    Set<Class<?>> endpoints = new LinkedHashSet<>();
    cases().forEach(each -> endpoints.add(each.endpoint));
    return ServerConfig.embedded()
        .endpoints(endpoints.toArray(Class<?>[]::new))
        .parameter("dev.ssebridge.lease", "PT1S")
        .parameter("dev.ssebridge.heartbeat", "PT0.2S");
  }

  private static void check(EmbeddedServer server, Case tested, Transport transport)
      throws Exception {
    Transcript expected = new Transcript(tested.hears, tested.gets);
    Transcript seen = transport.run(server.uri(), tested).like(expected);
    if (Deviation.isKnown(tested.name, transport, server.container())) {
      assertNotEquals(expected, seen, () -> tested + " over " + transport + " is no deviation");
      assertFalse(seen.gets().isEmpty(), () -> tested + " over " + transport + ": nothing seen");
    } else {
      assertEquals(expected.toString(), seen.toString(), () -> tested + " over " + transport);
    }
  }

  @Test
  void noTwoCasesHaveOneNameAndEachSaysWhatIsSeen() {
    List<String> names = cases().stream().map(each -> each.name).toList();
    assertEquals(names, List.copyOf(new LinkedHashSet<>(names)));
    assertTrue(names.size() >= 150, () -> names.size() + " cases");
    cases().forEach(each -> assertFalse(each.gets.isEmpty(), each.name));
  }

  @Test
  void eachDeviationIsOneOfACaseThatThereIs() {
    for (Deviation deviation : Deviation.ALL) {
      for (String name : deviation.cases()) {
        assertTrue(
            cases().stream().anyMatch(each -> Deviation.isLike(each.name, name)), () -> name);
      }
    }
  }

  @Test
  void eachDeviationIsInTheDocumentation() throws IOException {
    String document = document();
    for (Deviation deviation : Deviation.ALL) {
      String row =
          deviation.transport() == Transport.BRIDGE
              ? "| " + deviation.reason() + " |"
              : "| " + deviation.reason() + " | " + containersWith(deviation.reason()) + " |";
      assertTrue(document.contains(row), () -> "docs/websocket-api.md has no row " + row);
    }
  }

  private static String containersWith(String reason) {
    return Deviation.EVERY.stream()
        .filter(
            container ->
                Deviation.ALL.stream()
                    .anyMatch(
                        each ->
                            each.reason().equals(reason) && each.containers().contains(container)))
        .collect(Collectors.joining(", "));
  }

  private static String document() throws IOException {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.exists(directory.resolve("docs/websocket-api.md"))) {
      directory = directory.getParent();
    }
    return Files.readString(directory.resolve("docs/websocket-api.md"));
  }
}
