package dev.ssebridge.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.SseHub;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.servlet.EventStreamInitializer;
import dev.ssebridge.servlet.EventStreamServlet;
import dev.ssebridge.servlet.StreamPolicy;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** That the guide's code does what the guide says. */
@Timeout(60)
class EventStreamGuideTest {
  private final HttpClient http = HttpClient.newHttpClient();

  private BufferedReader get(URI uri) throws IOException, InterruptedException {
    HttpResponse<InputStream> response =
        http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.ofInputStream());
    assertEquals(200, response.statusCode());
    return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  private int status(URI uri) throws IOException, InterruptedException {
    return http.send(HttpRequest.newBuilder(uri).build(), HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }

  private HttpResponse<String> post(URI uri) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(uri).POST(HttpRequest.BodyPublishers.noBody()).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  private static String until(BufferedReader lines, String wanted) throws IOException {
    String line = lines.readLine();
    while (line != null && !line.startsWith(wanted)) {
      line = lines.readLine();
    }
    return line;
  }

  private static final EventStreamGuide.Model MODEL =
      (question, onToken, onDone) -> {
        List.of("To", " be", " or").forEach(onToken);
        onDone.run();
        return () -> {};
      };

  @Test
  void tenLinesPublishToAChannel() throws Exception {
    try (EmbeddedServer server =
            ServerConfig.embedded()
                .initializer(new EventStreamInitializer())
                .servlet("/prices", new PricesServlet())
                .start();
        BufferedReader lines = get(server.uri("prices"))) {
      assertEquals(200, post(server.uri("prices?price=42")).statusCode());

      assertEquals("event: prices", until(lines, "event:"));
      assertEquals("data: 42", until(lines, "data:"));
    }
  }

  @Test
  void aSnapshotIsFollowedByWhatChanged() throws Exception {
    var prices = new EventStreamGuide.Prices();
    prices.change("41");
    try (SseHub hub = prices.hub();
        EmbeddedServer server =
            ServerConfig.embedded()
                .servlet(
                    "/prices", new EventStreamServlet(hub, StreamPolicy.publicChannels("prices")))
                .start();
        BufferedReader lines = get(server.uri("prices"))) {
      assertEquals("data: 41", until(lines, "data:"));
      prices.change("42");
      assertEquals("data: 42", until(lines, "data:"));
    }
  }

  @Test
  void anAnswerIsStreamedAndCancelled() throws Exception {
    var cancelled = new CountDownLatch(1);
    EventStreamGuide.Model model =
        (question, onToken, onDone) -> {
          MODEL.ask(question, onToken, onDone);
          return cancelled::countDown;
        };
    try (EmbeddedServer server =
            ServerConfig.embedded()
                .servlet("/answer", new EventStreamGuide.AnswerServlet(model))
                .start();
        BufferedReader lines = get(server.uri("answer?q=x"))) {
      assertEquals("data: To", until(lines, "data:"));
      assertEquals("data:  be", until(lines, "data:"));
      assertEquals("data:  or", until(lines, "data:"));
      assertEquals("data: [DONE]", until(lines, "data:"));
      assertEquals(null, until(lines, "data:"), "the end");
      assertTrue(cancelled.await(20, TimeUnit.SECONDS));
    }
  }

  @Test
  void anAnswerInAChannelGoesOnInTheMiddle() throws Exception {
    try (SseHub hub = SseHub.create();
        EmbeddedServer server =
            ServerConfig.embedded()
                .servlet("/answers", new EventStreamGuide.ResumableAnswers(hub, MODEL))
                .start()) {
      String location =
          post(server.uri("answers?q=x")).headers().firstValue("Location").orElseThrow();
      String second;
      try (BufferedReader lines = get(server.uri(location))) {
        assertEquals("data: To", until(lines, "data:"));
        second = until(lines, "id: ").substring("id: ".length());
      }
      String resumed = location.replaceFirst("cursor=.*", "cursor=" + second);
      try (BufferedReader lines = get(server.uri(resumed))) {
        assertEquals("data:  or", until(lines, "data:"));
        assertEquals("data: [DONE]", until(lines, "data:"));
      }
      assertEquals(404, status(server.uri("answers?id=*")), "not everybody's answers");
      assertEquals(404, status(server.uri("answers")));
    }
  }
}
