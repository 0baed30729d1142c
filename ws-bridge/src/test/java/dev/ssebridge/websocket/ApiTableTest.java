package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.OnMessage;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.SendResult;
import jakarta.websocket.Session;
import jakarta.websocket.WebSocketContainer;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * docs/websocket-api.md against the API on the class path, 2.1 or 2.2: no method is missing, none
 * is stale.
 */
class ApiTableTest {
  private static final Pattern ROW =
      Pattern.compile("\\| `([^`]+)` \\| (works|differs|impossible) \\| (.*) \\|");

  static Stream<Class<?>> types() {
    return Stream.of(
        Session.class,
        RemoteEndpoint.class,
        RemoteEndpoint.Basic.class,
        RemoteEndpoint.Async.class,
        SendResult.class,
        WebSocketContainer.class,
        ServerContainer.class,
        EndpointConfig.class,
        ServerEndpointConfig.class,
        ServerEndpointConfig.Builder.class,
        ServerEndpointConfig.Configurator.class,
        HandshakeRequest.class,
        HandshakeResponse.class,
        Endpoint.class,
        ServerEndpoint.class,
        OnMessage.class,
        PathParam.class);
  }

  private static String document() throws IOException {
    Path directory = Path.of("").toAbsolutePath();
    while (!Files.exists(directory.resolve("docs/websocket-api.md"))) {
      directory = directory.getParent();
    }
    return Files.readString(directory.resolve("docs/websocket-api.md"));
  }

  private static String nameOf(Class<?> type) {
    Class<?> outer = type.getDeclaringClass();
    return outer == null ? type.getSimpleName() : nameOf(outer) + "." + type.getSimpleName();
  }

  private static String signature(Method method) {
    return Stream.of(method.getParameterTypes())
        .map(ApiTableTest::nameOf)
        .collect(Collectors.joining(", ", method.getName() + "(", ")"));
  }

  @ParameterizedTest
  @MethodSource("types")
  void everyMethodHasItsRow(Class<?> type) throws IOException {
    Set<String> methods = new TreeSet<>();
    for (Method method : type.getDeclaredMethods()) {
      if (Modifier.isPublic(method.getModifiers()) && !method.isSynthetic()) {
        methods.add(signature(method));
      }
    }
    methods.remove("toString()");
    assertEquals(String.join("\n", methods), String.join("\n", rows(type)));
  }

  /**
   * The methods in a type's table, without those that this version of the API does not have yet.
   */
  private static Set<String> rows(Class<?> type) throws IOException {
    String[] sections = document().split("(?m)^### " + Pattern.quote(nameOf(type)) + "$", 2);
    assertEquals(2, sections.length, () -> "there is no table of " + nameOf(type));
    String section = sections[1].split("(?m)^##", 2)[0];
    boolean since22 =
        Stream.of(SendResult.class.getMethods()).anyMatch(m -> m.getName().equals("getSession"));
    Set<String> rows = new TreeSet<>();
    Matcher row = ROW.matcher(section);
    while (row.find()) {
      if (since22 || !row.group(3).contains("since 2.2")) {
        assertTrue(rows.add(row.group(1)), () -> row.group(1) + " has two rows");
      }
      assertTrue(
          row.group(2).equals("works") || !row.group(3).isBlank(),
          () -> row.group(1) + " does not say how or why");
    }
    return rows;
  }
}
