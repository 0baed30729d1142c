package dev.ssebridge.example.suite.parity;

import jakarta.websocket.OnClose;
import jakarta.websocket.server.ServerEndpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * An endpoint, what a client does to it, and what both must have seen then. Cases are written as
 * sentences: {@code Case.of("…", Echo.class).says("a").hears("text a", …).gets("text a", …)}.
 *
 * <p>The script ends with a close with 1000, unless the session has ended before.
 */
final class Case {
  final String name;
  final Class<?> endpoint;
  String path;
  final List<String> headers = new ArrayList<>();
  Script script = client -> {};
  List<String> hears = List.of();
  List<String> gets = List.of();

  /** What a client does. */
  interface Script {
    void run(Client client) throws Exception;
  }

  private Case(String name, Class<?> endpoint) {
    this.name = name;
    this.endpoint = endpoint;
    ServerEndpoint annotation = endpoint.getAnnotation(ServerEndpoint.class);
    path = annotation == null ? "" : annotation.value().substring(1);
  }

  static Case of(String name, Class<?> endpoint) {
    return new Case(name, endpoint);
  }

  /** Another path than the endpoint's own, with a query if any; without a slash at its start. */
  Case at(String path) {
    this.path = path;
    return this;
  }

  /** Sends a header with the handshake. */
  Case header(String line) {
    headers.add(line);
    return this;
  }

  Case runs(Script script) {
    this.script = script;
    return this;
  }

  /** Sends text messages. */
  Case says(String... texts) {
    return runs(
        client -> {
          for (String text : texts) {
            client.text(text);
          }
        });
  }

  /** What the endpoint must have noted. */
  Case hears(String... calls) {
    hears = List.of(calls);
    return this;
  }

  /** What the client must have received. */
  Case gets(String... messages) {
    gets = List.of(messages);
    return this;
  }

  /** The same, with the client's own close with 1000 behind it. */
  Case getsThenCloses(String... messages) {
    gets = Stream.concat(Stream.of(messages), Stream.of("close 1000")).toList();
    return this;
  }

  /** Whether the endpoint notes that it was closed, as "close …". */
  boolean notesClose() {
    return Stream.of(endpoint.getMethods()).anyMatch(m -> m.isAnnotationPresent(OnClose.class))
        || jakarta.websocket.Endpoint.class.isAssignableFrom(endpoint);
  }

  @Override
  public String toString() {
    return name;
  }
}
