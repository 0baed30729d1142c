package dev.ssebridge.example.server.tomcat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ssebridge.SseEvent;
import dev.ssebridge.example.server.ExplodedWar;
import dev.ssebridge.example.suite.StreamClient;
import dev.ssebridge.servlet.EventStreamOptions;
import dev.ssebridge.websocket.BridgeOptions;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The migration as its user does it: Tomcat as it is downloaded, in a process of its own, and a war
 * of WebSocket that got our jars into {@code WEB-INF/lib} and nothing else.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class StockTomcatTest {
  private static final Path TOMCAT = Path.of(System.getProperty("stock.tomcat"));
  private static final Pattern PORT =
      Pattern.compile("Starting ProtocolHandler \\[\"http-nio-127\\.0\\.0\\.1-auto-\\d+-(\\d+)");

  /** The application; it runs in the other process. */
  @ServerEndpoint("/room")
  public static class Room {
    private static final Set<Session> SESSIONS = ConcurrentHashMap.newKeySet();

    @Resource(name = "greeting")
    private String greeting;

    private String constructed = "not constructed";

    @PostConstruct
    void construct() {
      constructed = "constructed";
    }

    @PreDestroy
    void destroy() {
      System.out.println("Room destroyed");
    }

    @OnOpen
    public void open(Session session) throws IOException {
      SESSIONS.add(session);
      session.getBasicRemote().sendText(greeting + ", " + constructed);
    }

    @OnMessage
    public void message(String text) throws IOException {
      for (Session session : SESSIONS) {
        if (session.isOpen()) {
          session.getBasicRemote().sendText(text);
        }
      }
    }
  }

  private final HttpClient http = HttpClient.newHttpClient();
  private final List<String> output = new CopyOnWriteArrayList<>();

  /** Configures nothing but free ports on the loopback address. */
  private static void layOut(Path base) throws IOException {
    for (String directory : List.of("logs", "temp", "work", "webapps", "conf")) {
      Files.createDirectories(base.resolve(directory));
    }
    try (var files = Files.list(TOMCAT.resolve("conf"))) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        Files.copy(file, base.resolve("conf").resolve(file.getFileName()));
      }
    }
    Path serverXml = base.resolve("conf/server.xml");
    String stock = Files.readString(serverXml);
    Files.writeString(
        serverXml,
        stock
            .replace("<Server port=\"8005\"", "<Server port=\"-1\"")
            .replace("<Connector port=\"8080\"", "<Connector port=\"0\" address=\"127.0.0.1\""));
  }

  private static void deploy(Path base, Path scratch, String name, String ordering) {
    ExplodedWar.in(scratch.resolve(name))
        .classes(StockTomcatTest.class)
        .library(SseEvent.class)
        .library(EventStreamOptions.class)
        .library(BridgeOptions.class)
        .library(ObjectMapper.class)
        .library(JsonParser.class)
        .library(JsonProperty.class)
        .file(
            "WEB-INF/web.xml",
            """
            <web-app xmlns="https://jakarta.ee/xml/ns/jakartaee" version="6.0">
              %s
              <env-entry>
                <env-entry-name>greeting</env-entry-name>
                <env-entry-type>java.lang.String</env-entry-type>
                <env-entry-value>welcome</env-entry-value>
              </env-entry>
            </web-app>
            """
                .formatted(ordering))
        .packTo(base.resolve("webapps/" + name + ".war"));
  }

  private Process run(Path base) throws IOException {
    var command = new ProcessBuilder("sh", TOMCAT.resolve("bin/catalina.sh").toString(), "run");
    command.environment().put("CATALINA_HOME", TOMCAT.toString());
    command.environment().put("CATALINA_BASE", base.toString());
    command.environment().put("JRE_HOME", System.getProperty("java.home"));
    return command.redirectErrorStream(true).start();
  }

  /** Reads on until a line says so. */
  private String readUntil(BufferedReader lines, String wanted) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      output.add(line);
      if (line.contains(wanted)) {
        return line;
      }
    }
    throw new AssertionError("ended without <" + wanted + ">");
  }

  @Test
  void aWarThatGotOurJarsAnswersWebSocketAndEventStreams(@TempDir Path directory) throws Exception {
    Path base = directory.resolve("base");
    layOut(base);
    deploy(base, directory, "chat", "");
    // Servlet §8.2.2: whose fragment is not named is left out, and nobody else ever calls us.
    String others = "<absolute-ordering><name>another</name></absolute-ordering>";
    deploy(base, directory, "ordered", others);
    Process tomcat = run(base);
    try (BufferedReader lines = tomcat.inputReader()) {
      Matcher port = PORT.matcher(readUntil(lines, "Starting ProtocolHandler"));
      assertTrue(port.find(), output.toString());
      readUntil(lines, "Server startup in");
      try {
        URI root = URI.create("http://127.0.0.1:" + port.group(1) + "/");
        chat(root.resolve("chat/room"));
        assertEquals("welcome, constructed", firstOverWebSocket(root.resolve("ordered/room")));
        try (StreamClient left = StreamClient.open(http, root.resolve("ordered/room"))) {
          assertEquals(404, left.status(), "as without our jars");
        }
      } finally {
        tomcat.toHandle().destroy(); // Process.destroy would close its output
        lines.lines().forEach(output::add);
      }
    } catch (AssertionError failure) {
      throw new AssertionError(String.join("\n", output), failure);
    } finally {
      tomcat.destroyForcibly().waitFor();
    }
    assertTrue(output.contains("Room destroyed"), output.toString());
    assertEquals(
        List.of(),
        output.stream()
            .filter(line -> line.contains("SEVERE") || line.contains("failed to stop it"))
            .toList());
  }

  private String firstOverWebSocket(URI room) throws Exception {
    BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    WebSocket socket = open(room, messages);
    String first = messages.poll(20, TimeUnit.SECONDS);
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "").get(20, TimeUnit.SECONDS);
    return first;
  }

  private WebSocket open(URI room, BlockingQueue<String> messages) throws Exception {
    return http.newWebSocketBuilder()
        .buildAsync(URI.create("ws" + room.toString().substring(4)), noting(messages))
        .get(20, TimeUnit.SECONDS);
  }

  private void chat(URI room) throws Exception {
    BlockingQueue<String> overWebSocket = new LinkedBlockingQueue<>();
    WebSocket socket = open(room, overWebSocket);
    assertEquals("welcome, constructed", overWebSocket.poll(20, TimeUnit.SECONDS));
    try (StreamClient stream = StreamClient.open(http, room)) {
      assertEquals(200, stream.status());
      String id = stream.next().lastEventId();
      assertEquals("welcome, constructed", stream.next().data());

      socket.sendText("from WebSocket", true).get(20, TimeUnit.SECONDS);
      assertEquals("from WebSocket", overWebSocket.poll(20, TimeUnit.SECONDS));
      assertEquals("from WebSocket", stream.next().data());

      var post =
          HttpRequest.newBuilder(room)
              .header("Sse-Session", id.substring(0, id.lastIndexOf('-')))
              .header("Content-Type", "text/plain")
              .POST(HttpRequest.BodyPublishers.ofString("by POST"));
      assertEquals(
          204, http.send(post.build(), HttpResponse.BodyHandlers.discarding()).statusCode());
      assertEquals("by POST", stream.next().data());
      assertEquals("by POST", overWebSocket.poll(20, TimeUnit.SECONDS));
    }
  }

  private static WebSocket.Listener noting(BlockingQueue<String> messages) {
    return new WebSocket.Listener() {
      @Override
      public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
        messages.add(data.toString());
        return WebSocket.Listener.super.onText(socket, data, last);
      }
    };
  }
}
