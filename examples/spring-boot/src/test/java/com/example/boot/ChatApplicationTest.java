package com.example.boot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.web.servlet.context.ServletWebServerApplicationContext;

/** The application as it is started, with both kinds of clients. */
@Timeout(60)
class ChatApplicationTest {
  @Test
  void oneEndpointServesBothTransportsInOneRoom() throws Exception {
    var started =
        (ServletWebServerApplicationContext)
            SpringApplication.run(
                ChatApplication.class,
                "--server.port=0",
                "--server.address=127.0.0.1",
                "--dev.ssebridge.maxMessageBytes=4321",
                "--spring.lifecycle.timeout-per-shutdown-phase=10m"); // longer than the test may
    // last
    try {
      URI chat = URI.create("http://127.0.0.1:" + started.getWebServer().getPort() + "/chat/lobby");
      BlockingQueue<String> heard = new LinkedBlockingQueue<>();
      HttpClient http = HttpClient.newHttpClient();
      WebSocket socket =
          http.newWebSocketBuilder()
              .buildAsync(URI.create("ws" + chat.toString().substring(4)), noting(heard))
              .get(20, TimeUnit.SECONDS);
      var request = HttpRequest.newBuilder(chat).header("Accept", "text/event-stream").build();
      var response = http.send(request, BodyHandlers.ofInputStream());
      assertEquals(200, response.statusCode());
      try (var lines =
          new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8))) {
        String token = after(lines, "id: ").replaceFirst("-0$", "");
        String open = after(lines, "data: ");
        assertTrue(open.contains(token) && open.contains("\"maxMessage\":4321"), open);

        var post =
            HttpRequest.newBuilder(chat)
                .header("Sse-Session", token)
                .header("Content-Type", "text/plain")
                .POST(HttpRequest.BodyPublishers.ofString("by POST"))
                .build();
        assertEquals(204, http.send(post, BodyHandlers.discarding()).statusCode());
        assertEquals("lobby: by POST", after(lines, "data: "));
        assertEquals("lobby: by POST", heard.poll(20, TimeUnit.SECONDS));
        socket.sendText("over WebSocket", true).get(20, TimeUnit.SECONDS);
        assertEquals("lobby: over WebSocket", after(lines, "data: "));
        assertEquals("lobby: over WebSocket", heard.poll(20, TimeUnit.SECONDS));
        var script = HttpRequest.newBuilder(chat.resolve("/ssebridge/websocket.js")).build();
        assertEquals(200, http.send(script, BodyHandlers.discarding()).statusCode(), "the client");

        started.close();

        assertTrue(after(lines, "data: ").startsWith("{\"code\":1001,"), "going away");
      }
      socket.abort();
    } finally {
      started.close();
    }
  }

  /** The rest of the next line that begins so. */
  private static String after(BufferedReader lines, String start) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(start)) {
        return line.substring(start.length());
      }
    }
    throw new AssertionError("the stream ended without a line " + start);
  }

  private static WebSocket.Listener noting(BlockingQueue<String> heard) {
    return new WebSocket.Listener() {
      @Override
      public CompletionStage<?> onText(WebSocket socket, CharSequence text, boolean last) {
        heard.add(text.toString());
        socket.request(1);
        return null;
      }
    };
  }
}
