package dev.ssebridge.example.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The demo from end to end, in Chromium. {@code -Dscreenshot} has it take the picture of the README
 * anew.
 */
@Tag("browser")
@Timeout(300)
class LiveChatBrowserTest {
  private static final int CUTS = 20;
  private static final int WEB_SOCKET_CUTS = 4;
  private static final int MESSAGES_PER_SECOND = 50;
  private static final Path PICTURE =
      Path.of(System.getProperty("basedir", "")).resolve("../../docs/images/live-chat.png");

  private final HttpClient http = HttpClient.newHttpClient();

  @ParameterizedTest
  @ValueSource(strings = {"tomcat-10.1", "tomcat-11", "jetty-12"})
  void cutsCostTheSsePaneNothingAndTheWebSocketPaneMessages(String container, @TempDir Path profile)
      throws Exception {
    try (DemoProcess demo = DemoProcess.start("live-chat", container);
        ChatPage page = ChatPage.open(demo.uri(), profile)) {
      List<String> printedAtStart = demo.output();
      ChatPage.Pane ws = page.webSocket();
      ChatPage.Pane sse = page.sse();
      ws.awaitOpen();
      sse.awaitOpen();

      ws.say("hello from the left");
      sse.say("hello from the right");
      for (ChatPage.Pane pane : List.of(ws, sse)) {
        Await.until(() -> pane.shows("hello from the left"), pane::toString);
        Await.until(() -> pane.shows("hello from the right"), pane::toString);
      }

      // While only the SSE pane is cut, the WebSocket pane receives everything, and bears witness.
      page.startTraffic(MESSAGES_PER_SECOND);
      for (int cut = 1; cut <= CUTS; cut++) {
        sse.cutUpTo(cut);
        sse.await("received", sse.count("received") + MESSAGES_PER_SECOND);
      }
      assertEquals(1, calls(demo, "sse", "opens"), "the session has gone on");
      assertEquals(0, calls(demo, "sse", "closes"), "the session has gone on");
      assertEquals(0, ws.count("lost"), () -> "the witness: " + ws);

      for (int cut = 1; cut <= WEB_SOCKET_CUTS; cut++) {
        ws.cut();
        ws.await("cuts", cut);
        ws.await("opens", cut + 1); // the page reconnects by hand, and the server sees a stranger
        ws.awaitOpen();
        ws.await("received", ws.count("received") + MESSAGES_PER_SECOND);
      }
      if (System.getProperty("screenshot") != null && container.equals("tomcat-11")) {
        ws.await("lost", 1);
        Files.createDirectories(PICTURE.getParent());
        Files.write(PICTURE, page.screenshot());
      }
      page.stopTraffic();
      sse.awaitSettled();
      ws.awaitSettled();
      System.out.printf(
          "%s%n  WebSocket, cut %d times: %s%n  SSE, cut %d times: %s%n",
          container, ws.count("cuts"), ws, sse.count("cuts"), sse);

      assertEquals(0, sse.count("lost"), () -> "lost: " + sse);
      assertEquals(0, sse.count("repeated"), () -> "repeated: " + sse);
      assertEquals(0, sse.count("outOfOrder"), () -> "out of order: " + sse);
      assertEquals(sse.count("sent"), calls(demo, "sse", "messages"), "sent and taken");
      assertEquals(
          calls(demo, "ws", "messages") + calls(demo, "sse", "messages"),
          sse.count("received"),
          "taken by the server and received");
      assertEquals(1, calls(demo, "sse", "opens"), "sessions of the SSE pane");
      assertEquals(0, calls(demo, "sse", "closes"), "sessions of the SSE pane that ended");
      assertTrue(ws.count("lost") > 0, () -> "cuts that a WebSocket survives prove nothing: " + ws);
      assertEquals(
          WEB_SOCKET_CUTS,
          calls(demo, "ws", "closes"),
          "sessions of the WebSocket pane that ended");

      page.closeTab();
      Await.until(() -> calls(demo, "sse", "closes") > 0, () -> "@OnClose of the closed tab");
      Await.until(
          () -> calls(demo, "ws", "closes") == WEB_SOCKET_CUTS + 1,
          () -> "@OnClose of the closed tab");
      assertEquals(1, calls(demo, "sse", "closes"), "the tab was closed once");
      assertEquals(printedAtStart, demo.output(), "cuts are no news for the log");
    }
  }

  /** How often the server called a method of the chat for a pane, as the application counts it. */
  private int calls(DemoProcess demo, String pane, String what) {
    URI stats = demo.uri().resolve("stats/lobby");
    try {
      String json =
          http.send(HttpRequest.newBuilder(stats).build(), BodyHandlers.ofString()).body();
      Matcher count =
          Pattern.compile("\"%s-\\w+\":\\{[^}]*\"%s\":(\\d+)".formatted(pane, what)).matcher(json);
      return count.find() ? Integer.parseInt(count.group(1)) : 0;
    } catch (IOException e) {
      throw new AssertionError(stats + " did not answer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted", e);
    }
  }
}
