package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.Interest;
import dev.ssebridge.SseHub;
import dev.ssebridge.StreamEnd;
import dev.ssebridge.StreamOptions;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.servlet.EventStream;
import dev.ssebridge.servlet.EventStreamInitializer;
import dev.ssebridge.servlet.EventStreamOptions;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
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
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
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

    private static final EventStreamOptions OPTIONS =
        EventStreamOptions.DEFAULTS
            .withTimes(
                StreamOptions.DEFAULTS
                    .withHeartbeat(Duration.ofMillis(200))
                    .withWriteDeadline(Duration.ofSeconds(2)))
            .withMaxUnsentBytes(64 << 20);

    private final Servers servers;
    private final SseHub hub;
    private final Map<String, BlockingQueue<Opened>> opened = new ConcurrentHashMap<>();
    private final List<String> sent = new ArrayList<>();
    private final List<AutoCloseable> clients = new ArrayList<>();
    private final String start;
    private EmbeddedServer server;

    HubStage(Servers servers) {
      this.servers = servers;
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
                      EventStream.open(request, response, hub, Interest.in("news"), OPTIONS));
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
    var stage = new HubStage(servers);

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

  private static Set<Thread> libraryThreads() {
    Set<Thread> threads = new HashSet<>(Thread.getAllStackTraces().keySet());
    threads.removeIf(thread -> !thread.getName().startsWith("sse-"));
    return threads;
  }

  /** Those of earlier tests may still be about to end. */
  private static void assertNoThreadIsLeft(Set<Thread> before) throws InterruptedException {
    Supplier<Set<Thread>> left =
        () -> {
          Set<Thread> threads = libraryThreads();
          threads.removeAll(before);
          return threads;
        };
    await(() -> left.get().isEmpty(), () -> "threads are left over: " + left.get());
  }

  private static void await(BooleanSupplier reached, Supplier<String> failure)
      throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    var pace = new Object();
    while (!reached.getAsBoolean()) {
      assertTrue(System.nanoTime() < deadline, failure);
      synchronized (pace) {
        pace.wait(10);
      }
    }
  }
}
