package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.testkit.Chaos;
import dev.ssebridge.testkit.ChaosProxy;
import dev.ssebridge.testkit.Direction;
import dev.ssebridge.testkit.Fault;
import dev.ssebridge.testkit.RawHttpClient;
import dev.ssebridge.websocket.SseBridgeInitializer;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Sessions over a network that cuts, resets, stalls and half-closes their connections at random,
 * streams and POSTs alike. {@code bin/chaos} runs the same for longer.
 */
@OnEveryServer
class ChaosTest {
  private static final int SESSIONS = Integer.getInteger("chaos.sessions", 20);
  private static final int MESSAGES = Integer.getInteger("chaos.messages", 200);
  private static final long SEED = Long.getLong("chaos.seed", 1);
  private static final Duration LIMIT = Duration.ofMinutes(Long.getLong("chaos.minutes", 1));
  private static final int WINDOW = 32; // messages on their way and not yet echoed

  /** Echoes, and notes whatever a WebSocket would never have done to it. */
  @ServerEndpoint("/chaos/{client}")
  public static class Echo {
    static final Queue<Echo> ALL = new ConcurrentLinkedQueue<>();
    static final Queue<String> FAULTS = new ConcurrentLinkedQueue<>();

    private final AtomicInteger opens = new AtomicInteger();
    private final AtomicInteger received = new AtomicInteger();
    private final Queue<Integer> closes = new ConcurrentLinkedQueue<>();
    private volatile String client;

    @OnOpen
    public void open(Session session, @PathParam("client") String name) {
      client = name;
      if (opens.incrementAndGet() == 1) {
        ALL.add(this);
      }
    }

    @OnMessage
    public void message(Session session, String text) throws IOException {
      String due = text(client, received.incrementAndGet());
      if (!text.equals(due)) {
        FAULTS.add(client + " sent <" + text + ">, not <" + due + ">");
      }
      session.getBasicRemote().sendText(text);
    }

    @OnError
    public void error(Throwable failure) {
      FAULTS.add(client + " failed: " + failure);
    }

    @OnClose
    public void close(CloseReason reason) {
      closes.add(reason.getCloseCode().getCode());
    }
  }

  /** Some are long, some have line ends, and no two of a session are alike. */
  private static String text(String client, int number) {
    String text = client + " " + number;
    return switch (number % 10) {
      case 3 -> text + "\n\n" + "a second paragraph ".repeat(number % 7);
      case 7 -> "  " + text + "\u20ac".repeat(number % 200);
      default -> text;
    };
  }

  private static final List<Fault> FAULTS = faults();

  /** Mostly cuts: a silence costs a client a second until it notices. */
  private static List<Fault> faults() {
    List<Fault> faults = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      faults.add(new Fault.Reset());
      faults.add(new Fault.Close());
      faults.add(new Fault.HalfClose(Direction.TO_CLIENT));
      faults.add(new Fault.HalfClose(Direction.TO_SERVER));
    }
    faults.add(new Fault.Delay(Direction.TO_CLIENT, Duration.ofMillis(50)));
    faults.add(new Fault.Stall(Direction.TO_CLIENT));
    faults.add(new Fault.BlackHole());
    return faults;
  }

  @Test
  @Timeout(value = 1, unit = TimeUnit.HOURS)
  void nothingIsLostRepeatedOrReordered(Servers servers) throws Exception {
    Echo.ALL.clear();
    Echo.FAULTS.clear();
    EmbeddedServer server =
        servers.start(
            ServerConfig.embedded()
                .endpoints(Echo.class)
                .initializer(new SseBridgeInitializer())
                .parameter("dev.ssebridge.heartbeat", "PT0.2S")
                .parameter("dev.ssebridge.writeDeadline", "PT2S"));
    ChaosProxy proxy = servers.closing(ChaosProxy.to(server.uri()).start());
    proxy.unleash(new Chaos(4000, 2500, Duration.ofSeconds(5), FAULTS), SEED);
    var http = RawHttpClient.to(proxy.via(server.uri()));
    List<BridgeClient> clients = new ArrayList<>();
    Queue<String> faults = new ConcurrentLinkedQueue<>();
    long start = System.nanoTime();
    for (int i = 0; i < SESSIONS; i++) {
      clients.add(servers.closing(client(http, "client" + i, faults)));
    }
    clients.forEach(BridgeClient::start);

    long end = start + LIMIT.toNanos();
    for (BridgeClient client : clients) {
      client.awaitClose(Duration.ofNanos(end - System.nanoTime()));
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    System.out.printf(
        "%s: %d sessions, %d messages each way in %d ms over %d streams and %d posts with %d"
            + " faults%n",
        server.container(),
        SESSIONS,
        MESSAGES,
        millis,
        clients.stream().mapToLong(BridgeClient::streams).sum(),
        clients.stream().mapToLong(BridgeClient::posts).sum(),
        proxy.counts().faults());
    proxy.close();
    server.stop(Duration.ofSeconds(1)); // also closes sessions whose client never heard of them

    assertEquals(List.of(), List.copyOf(faults));
    assertEquals(List.of(), List.copyOf(Echo.FAULTS));
    assertTrue(proxy.counts().faults() > SESSIONS, proxy.counts().toString());
    int completed = 0;
    for (Echo session : Echo.ALL) {
      assertEquals(1, session.opens.get(), "@OnOpen of " + session.client);
      assertEquals(1, session.closes.size(), "@OnClose of " + session.client + session.closes);
      if (session.received.get() > 0) {
        completed++;
        assertEquals(MESSAGES, session.received.get(), session.client);
        assertEquals(List.of(1000), List.copyOf(session.closes), session.client);
      }
    }
    assertEquals(SESSIONS, completed);
  }

  /** A client that keeps a few messages on their way, and closes behind the last echo. */
  private static BridgeClient client(RawHttpClient http, String name, Queue<String> faults) {
    var self = new AtomicReference<BridgeClient>();
    var echoed = new AtomicInteger();
    var client =
        new BridgeClient(
            http,
            "/chaos/" + name,
            text -> {
              int number = echoed.incrementAndGet();
              if (!text.equals(text(name, number))) {
                faults.add(name + " got <" + text + "> as " + number);
              }
              if (number + WINDOW <= MESSAGES) {
                self.get().send(text(name, number + WINDOW));
              }
              if (number == MESSAGES) {
                self.get().sendClose();
              }
            });
    self.set(client);
    for (int number = 1; number <= Math.min(WINDOW, MESSAGES); number++) {
      client.send(text(name, number));
    }
    return client;
  }
}
