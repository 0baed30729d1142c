package dev.ssebridge.example.suite;

import static dev.ssebridge.example.suite.Leftovers.assertNoThreadIsLeft;
import static dev.ssebridge.example.suite.Leftovers.await;
import static dev.ssebridge.example.suite.Leftovers.libraryThreads;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.Interest;
import dev.ssebridge.SseHub;
import dev.ssebridge.StreamEnd;
import dev.ssebridge.StreamOptions;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.servlet.EventStream;
import dev.ssebridge.servlet.EventStreamInitializer;
import dev.ssebridge.servlet.EventStreamOptions;
import dev.ssebridge.testkit.RawHttpClient;
import dev.ssebridge.testkit.RawStream;
import dev.ssebridge.websocket.SseBridgeInitializer;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever befalls a stream, it ends once, with the right word for it; its client goes on where it
 * was; and nothing of it is left over.
 */
@OnEveryServer
class FaultTest {
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final int LARGE = 2 << 20;

  static List<StreamFault> faults() {
    return StreamFault.all();
  }

  /** Streams of one hub, which outlives its servers as a log on another machine would. */
  private static final class HubStage implements StreamFault.Stage {
    /** A stream that was opened, and how often and why it has ended. */
    private static final class Opened {
      final EventStream stream;
      final List<StreamEnd> ends = new CopyOnWriteArrayList<>();

      Opened(EventStream stream) {
        this.stream = stream;
        stream.onEnd(ends::add);
      }
    }

    private final Servers servers;
    private final EventStreamOptions options;
    private final SseHub hub;
    private final Map<String, BlockingQueue<Opened>> opened = new ConcurrentHashMap<>();
    private final List<String> sent = new ArrayList<>();
    private final List<AutoCloseable> clients = new ArrayList<>();
    private final String start;
    private EmbeddedServer server;

    HubStage(Servers servers, Duration writeDeadline) {
      this.servers = servers;
      options =
          EventStreamOptions.DEFAULTS
              .withTimes(
                  StreamOptions.DEFAULTS
                      .withHeartbeat(Duration.ofMillis(200))
                      .withWriteDeadline(writeDeadline))
              .withMaxUnsentBytes(64 << 20);
      hub = servers.closing(SseHub.create());
      start = hub.cursor().toString();
      server = start(0);
    }

    private EmbeddedServer start(int port) {
      var servlet =
          new HttpServlet() {
            @Override
            protected void doGet(HttpServletRequest request, HttpServletResponse response) {
              var stream =
                  new Opened(
                      EventStream.open(request, response, hub, Interest.in("news"), options));
              streams(request.getParameter("client")).add(stream);
            }
          };
      return servers.start(
          ServerConfig.embedded()
              .initializer(new EventStreamInitializer())
              .servlet("/events", servlet)
              .port(port)
              .h2c());
    }

    private BlockingQueue<Opened> streams(String client) {
      return opened.computeIfAbsent(client, name -> new LinkedBlockingQueue<>());
    }

    @Override
    public EmbeddedServer server() {
      return server;
    }

    @Override
    public String target(String client) {
      // From the beginning: over HTTP/2 a request may still be on its way when the first is sent.
      return "/events?client=" + client + "&cursor=" + start;
    }

    @Override
    public void send(int events) {
      for (int i = 0; i < events; i++) {
        publish("event " + (sent.size() + 1));
      }
    }

    @Override
    public void sendLarge() {
      publish((sent.size() + 1) + "x".repeat(LARGE));
    }

    private void publish(String text) {
      hub.publish("news", text);
      sent.add(Reading.brief(text));
    }

    @Override
    public void flood(String client) throws InterruptedException {
      Opened stream = streams(client).poll(20, TimeUnit.SECONDS);
      assertNotNull(stream, "no stream of " + client);
      streams(client).add(stream);
      for (int i = 0; i < 16; i++) {
        assertTrue(stream.stream.send("flood", "x".repeat(1 << 20)));
      }
    }

    @Override
    public boolean hasEnded(String client) {
      return streams(client).stream().allMatch(stream -> !stream.ends.isEmpty());
    }

    @Override
    public int count() {
      return sent.size();
    }

    @Override
    public void restart() {
      server = start(server.port());
    }

    @Override
    public <T extends AutoCloseable> T closing(T resource) {
      clients.add(resource);
      return resource;
    }

    List<StreamEnd> ends(String client) {
      return streams(client).stream().flatMap(stream -> stream.ends.stream()).toList();
    }
  }

  @ParameterizedTest
  @MethodSource("faults")
  void aStreamEndsOnceAndIsContinuedWithoutLoss(StreamFault fault, Servers servers)
      throws Exception {
    Set<Thread> before = libraryThreads();
    var stage = new HubStage(servers, fault.writeDeadline());

    Reading reading = fault.strike(stage);
    stage.send(3); // while nobody listens

    await(() -> stage.hasEnded(StreamFault.VICTIM), () -> "the stream has not ended");
    List<StreamEnd> ends = stage.ends(StreamFault.VICTIM);
    assertEquals(1, ends.size(), ends.toString());
    assertTrue(fault.ends(stage.server().container()).contains(ends.get(0)), ends.toString());

    String lastEventId = reading.lastEventId();
    StreamClient back =
        lastEventId.isEmpty()
            ? StreamClient.open(servers.http1(), stage.server().uri().resolve(stage.target("back")))
            : StreamClient.open(
                servers.http1(),
                stage.server().uri().resolve(stage.target("back")),
                "Last-Event-ID",
                lastEventId);
    stage.closing(back);
    stage.send(1);
    while (reading.sent().size() < stage.count()) {
      reading.take(back.next());
    }
    assertEquals(stage.sent, reading.sent(), "complete and without repeats");

    for (AutoCloseable client : stage.clients) {
      client.close();
    }
    await(
        () -> stage.hub.pump().streams() == 0,
        () -> stage.hub.pump().streams() + " streams are left in the pump");
    servers.close();
    await(
        () ->
            stage.opened.values().stream()
                .flatMap(BlockingQueue::stream)
                .allMatch(stream -> stream.ends.size() == 1),
        () -> "not every stream ended once");
    assertNoThreadIsLeft(before);
  }

  static List<StreamFault> faultsOfClients() {
    return StreamFault.all().stream()
        .filter(fault -> fault instanceof StreamFault.OfClient)
        .filter(fault -> !(fault instanceof StreamFault.StalledReader)) // it floods streams
        .toList();
  }

  /** As somebody writes it who never heard of SSE. */
  @ServerEndpoint("/news/{client}")
  public static class News {
    static final Map<String, News> ALL = new ConcurrentHashMap<>(); // by client

    final AtomicInteger opens = new AtomicInteger();
    final List<Integer> closes = new CopyOnWriteArrayList<>();
    final BlockingQueue<String> messages = new LinkedBlockingQueue<>();
    volatile Session session;

    @OnOpen
    public void open(Session opened, @PathParam("client") String client) {
      opens.incrementAndGet();
      session = opened;
      News other = ALL.putIfAbsent(client, this);
      if (other != null) {
        other.opens.incrementAndGet(); // a second session of a client that should have resumed
      }
    }

    @OnMessage
    public void message(String text) {
      messages.add(text);
    }

    @OnClose
    public void close(CloseReason reason) {
      closes.add(reason.getCloseCode().getCode());
    }
  }

  /** Sessions of an unchanged endpoint. */
  private static final class BridgeStage implements StreamFault.Stage {
    private final EmbeddedServer server;
    private final Set<String> clients = new HashSet<>();
    private final List<String> sent = new ArrayList<>();
    private final List<AutoCloseable> open = new ArrayList<>();

    BridgeStage(Servers servers, Duration writeDeadline) {
      News.ALL.clear();
      server =
          servers.start(
              ServerConfig.embedded()
                  .endpoints(News.class)
                  .initializer(new SseBridgeInitializer())
                  .parameter("dev.ssebridge.heartbeat", "PT0.2S")
                  .parameter("dev.ssebridge.writeDeadline", writeDeadline.toString())
                  .h2c());
    }

    @Override
    public EmbeddedServer server() {
      return server;
    }

    @Override
    public String target(String client) {
      clients.add(client);
      return "/news/" + client;
    }

    @Override
    public void send(int events) throws Exception {
      for (int i = 0; i < events; i++) {
        send("event " + (sent.size() + 1));
      }
    }

    @Override
    public void sendLarge() throws Exception {
      send((sent.size() + 1) + "x".repeat(LARGE));
    }

    private void send(String text) throws InterruptedException {
      await(() -> News.ALL.keySet().containsAll(clients), () -> "open: " + News.ALL.keySet());
      for (News each : News.ALL.values()) {
        each.session.getAsyncRemote().sendText(text);
      }
      sent.add(Reading.brief(text));
    }

    @Override
    public int count() {
      return sent.size();
    }

    @Override
    public <T extends AutoCloseable> T closing(T resource) {
      open.add(resource);
      return resource;
    }

    @Override
    public boolean hasEnded(String client) {
      throw new UnsupportedOperationException("an endpoint knows of no streams");
    }

    @Override
    public void flood(String client) {
      throw new UnsupportedOperationException();
    }

    @Override
    public void restart() {
      throw new UnsupportedOperationException("sessions end with their server");
    }
  }

  @ParameterizedTest
  @MethodSource("faultsOfClients")
  void aSessionSurvivesWithoutLossAndClosesOnce(StreamFault fault, Servers servers)
      throws Exception {
    Set<Thread> before = libraryThreads();
    var stage = new BridgeStage(servers, fault.writeDeadline());

    Reading reading = fault.strike(stage);
    stage.send(3); // while nobody listens
    StreamClient back =
        stage.closing(
            StreamClient.open(
                servers.http1(),
                stage.server().uri("news/" + StreamFault.VICTIM),
                "Last-Event-ID",
                reading.lastEventId()));
    Event resumed = back.next();
    assertTrue(resumed.data().contains("\"resumed\":true"), resumed.data());
    stage.send(1);
    while (reading.sent().size() < stage.count()) {
      reading.take(back.next());
    }
    assertEquals(stage.sent, reading.sent(), "complete and without repeats");
    assertEquals(List.of(), News.ALL.get(StreamFault.VICTIM).closes);

    for (AutoCloseable client : stage.open) {
      client.close();
    }
    servers.close();
    await(
        () -> News.ALL.values().stream().noneMatch(session -> session.closes.isEmpty()),
        () -> "a session was not closed");
    for (News session : News.ALL.values()) {
      assertEquals(1, session.opens.get(), "@OnOpen");
      assertEquals(List.of(1001), session.closes, "@OnClose");
    }
    assertNoThreadIsLeft(before);
  }

  @Test
  void aMessageCutOnItsWayIsNotTaken(Servers servers) throws Exception {
    var stage = new BridgeStage(servers, PATIENCE);
    RawHttpClient http = RawHttpClient.to(stage.server().uri());
    RawStream stream =
        servers.closing(http.get(stage.target(StreamFault.VICTIM), StreamFault.ACCEPT));
    String opening = stream.readThrough("-0\n", PATIENCE);
    String token = opening.substring(opening.indexOf("id: ") + 4, opening.length() - 3);
    await(() -> News.ALL.containsKey(StreamFault.VICTIM), () -> "no session");
    News session = News.ALL.get(StreamFault.VICTIM);
    String head =
        "POST /news/victim HTTP/1.1\r\nHost: a\r\nSse-Session: %s\r\nSse-Number: %d\r\n"
            + "Content-Type: %s\r\nContent-Length: 100\r\n\r\n%s";
    for (String type : List.of("text/plain", "application/octet-stream", "text/event-stream")) {
      String part = type.endsWith("stream") ? "id: 1\ndata: half of a mess" : "half of a mess";
      RawStream cut =
          http.open(head.formatted(token, 1, type, part).getBytes(StandardCharsets.UTF_8));
      cut.halfClose();
      int status = 0;
      try {
        cut.readHead(PATIENCE);
        status = cut.status();
      } catch (IOException closed) {
        // no answer is an answer: not known
      }
      assertNotEquals(204, status, type);
      cut.close();
    }

    RawStream whole =
        http.send(
            "POST",
            "/news/victim",
            "whole".getBytes(StandardCharsets.UTF_8),
            "Sse-Session: " + token,
            "Sse-Number: 1",
            "Content-Type: text/plain");
    assertEquals(204, whole.status());
    assertEquals("whole", session.messages.poll(20, TimeUnit.SECONDS));
    assertEquals(List.of(), List.copyOf(session.messages));
    assertEquals(List.of(), session.closes);
    whole.close();
  }
}
