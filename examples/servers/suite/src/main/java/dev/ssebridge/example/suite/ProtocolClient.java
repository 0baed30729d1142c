package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.example.server.EmbeddedServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.concurrent.TimeUnit;

/** Asks an endpoint's URL for one thing after another, as docs/protocol.md §3 has it. */
final class ProtocolClient {
  static final String BATCH = "text/event-stream";

  private final Servers servers;
  private final HttpClient http;
  private final EmbeddedServer server;

  ProtocolClient(Servers servers, EmbeddedServer server) {
    this.servers = servers;
    this.http = servers.http1();
    this.server = server;
  }

  /** A GET for an event stream, whatever the status of the answer. */
  StreamClient stream(String path, String... headers) throws IOException, InterruptedException {
    return servers.closing(StreamClient.open(http, server.uri(path), headers));
  }

  HttpResponse<String> post(String path, String token, String type, String body, String... headers)
      throws IOException, InterruptedException {
    var request =
        HttpRequest.newBuilder(server.uri(path))
            .header("Sse-Session", token)
            .header("Content-Type", type);
    return send(request, "POST", body, headers);
  }

  /** A POST whose sender can set no header but the type. */
  HttpResponse<String> beacon(String path, String type, String body)
      throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(server.uri(path)), "POST", body, "Content-Type", type);
  }

  HttpResponse<String> request(String method, String path, String... headers)
      throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(server.uri(path)), method, "", headers);
  }

  private HttpResponse<String> send(
      HttpRequest.Builder request, String method, String body, String... headers)
      throws IOException, InterruptedException {
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    var content =
        body.isEmpty()
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body);
    return http.send(request.method(method, content).build(), HttpResponse.BodyHandlers.ofString());
  }

  /** Waits until the server has forgotten a session. */
  void awaitGone(String path, String token, String... headers)
      throws IOException, InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    int status = 0;
    while (status != 410 && System.nanoTime() < deadline) {
      // 410 for a closed session, too, but only as long as it is there does that tell a number.
      var answer = post(path, token, "text/plain", "still there?", headers);
      status = answer.headers().firstValue("Sse-Received").isPresent() ? 0 : answer.statusCode();
    }
    assertEquals(410, status, "the session is still there");
  }

  URI uri(String path) {
    return server.uri(path);
  }

  static String token(Event open) {
    assertEquals("ws.open", open.type());
    String id = open.lastEventId();
    return id.substring(0, id.lastIndexOf('-'));
  }

  /** The highest number taken, as an answer tells it. */
  static String received(HttpResponse<?> answer) {
    return answer.headers().firstValue("Sse-Received").orElse("none");
  }
}
