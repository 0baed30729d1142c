package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import dev.ssebridge.EventStreamParser;
import dev.ssebridge.Interest;
import dev.ssebridge.SseHub;
import dev.ssebridge.StreamOptions;
import dev.ssebridge.Subscription;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.servlet.EventStream;
import dev.ssebridge.testkit.RawHttpClient;
import dev.ssebridge.testkit.RawStream;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The test that matters most: containers recycle responses, so a late touch of one lands in another
 * client's. Many clients abort at random under load, and no byte of one is ever seen by another.
 */
@OnEveryServer
class IsolationTest {
  private static final int CLIENTS = 200;
  private static final Duration LOAD = Duration.ofSeconds(Long.getLong("isolation.seconds", 15));
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Streams the caller's own channel, and answers ordinary requests with the caller's name. */
  static final class Named extends HttpServlet {
    private final transient SseHub hub;

    Named(SseHub hub) {
      this.hub = hub;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      String name = request.getParameter("client");
      if (request.getParameter("plain") != null) {
        response.setContentType("text/plain");
        response.getOutputStream().write((name + ";").repeat(200).getBytes(StandardCharsets.UTF_8));
        return;
      }
      Subscription subscription =
          hub.subscribe(Interest.in(name), request.getHeader("Last-Event-ID"));
      EventStream.open(
          request,
          response,
          hub.pump(),
          subscription,
          subscription.start(),
          new byte[0],
          StreamOptions.DEFAULTS.withHeartbeat(Duration.ofMillis(300)),
          end -> {});
    }
  }

  /** One client: reads its own events in order, and breaks off in every way there is. */
  private static final class Client {
    private final String name;
    private final RawHttpClient http;
    private final Random random;
    private final AtomicBoolean aborting;
    private final AtomicReference<Long> last;
    private String lastEventId = "";
    private long seen;
    long aborts;

    Client(
        String name,
        RawHttpClient http,
        long seed,
        AtomicBoolean aborting,
        AtomicReference<Long> last) {
      this.name = name;
      this.http = http;
      this.random = new Random(seed);
      this.aborting = aborting;
      this.last = last;
    }

    void run() throws IOException {
      while (last.get() == null || seen < last.get()) {
        if (random.nextInt(4) == 0) {
          plain();
        }
        try (RawStream stream = connect()) {
          follow(stream);
        } catch (SocketTimeoutException stalled) {
          throw stalled;
        } catch (IOException cut) {
          // we are not the only one who breaks connections: the server drops what it must
        }
      }
    }

    private void plain() throws IOException {
      try (RawStream answer = http.get("/named?plain=1&client=" + name)) {
        assertEquals((name + ";").repeat(200), answer.readToEnd(PATIENCE), "an ordinary answer");
      }
    }

    private RawStream connect() throws IOException {
      String target = "/named?client=" + name;
      return lastEventId.isEmpty()
          ? http.get(target)
          : http.get(target, "Last-Event-ID: " + lastEventId);
    }

    private void follow(RawStream stream) throws IOException {
      assertEquals(200, stream.status());
      var parser = new EventStreamParser(1 << 16, lastEventId);
      byte[] buffer = new byte[512];
      int reads = random.nextInt(20);
      while (last.get() == null || seen < last.get()) {
        if (aborting.get() && reads-- == 0) {
          abort(stream);
          return;
        }
        int count = stream.read(buffer, PATIENCE);
        if (count < 0) {
          return;
        }
        parser.feed(buffer, 0, count);
        for (var step = parser.next();
            step != EventStreamParser.Stop.NEEDS_INPUT;
            step = parser.next()) {
          if (step instanceof EventStreamParser.Event event) {
            take(event);
          } else if (step instanceof EventStreamParser.Comment comment) {
            assertEquals("", comment.text());
          } else {
            fail("the stream of " + name + " holds " + step);
          }
        }
      }
    }

    private void abort(RawStream stream) throws IOException {
      aborts++;
      switch (random.nextInt(3)) {
        case 0 -> stream.reset();
        case 1 -> stream.halfClose();
        default -> stream.close();
      }
    }

    private void take(EventStreamParser.Event event) {
      assertEquals(name, event.type(), "the channel of this client");
      assertEquals(name + ":" + (seen + 1), event.data(), "the next event of this client");
      seen++;
      lastEventId = event.lastEventId();
    }
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void noByteEverLandsInAnotherClientsResponse(Servers servers) throws Exception {
    SseHub hub = servers.closing(SseHub.create());
    EmbeddedServer server =
        servers.start(ServerConfig.embedded().servlet("/named", new Named(hub)));
    var http = RawHttpClient.to(server.uri()).withTimeout(PATIENCE);
    var aborting = new AtomicBoolean(true);
    var last = new AtomicReference<Long>();
    var failures = new ConcurrentLinkedQueue<Throwable>();
    List<Client> clients = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      // Begins before the first event, so that none may be missing.
      var client = new Client("client" + i, http, i, aborting, last);
      client.lastEventId = hub.cursor().toString();
      clients.add(client);
      threads.add(
          new Thread(
              () -> {
                try {
                  client.run();
                } catch (Throwable failure) {
                  failures.add(new AssertionError(client.name + " at " + client.seen, failure));
                }
              }));
    }
    threads.forEach(Thread::start);

    long rounds = publishUnderLoad(hub, failures);
    aborting.set(false);
    last.set(rounds);

    for (Thread thread : threads) {
      thread.join(Duration.ofMinutes(2).toMillis());
      assertTrue(!thread.isAlive() || !failures.isEmpty(), "a client is still waiting");
    }
    if (!failures.isEmpty()) {
      throw new AssertionError(failures.size() + " clients failed", failures.peek());
    }
    long aborts = clients.stream().mapToLong(client -> client.aborts).sum();
    assertTrue(aborts > CLIENTS, "only " + aborts + " aborts");
    System.out.printf(
        "%s: %d clients, %d events each, %d aborts: every event in its own response%n",
        server.container(), CLIENTS, rounds, aborts);
    awaitNoStreams(hub);
  }

  /** Publishes to everybody in turns, no faster than a slow machine can follow. */
  private static long publishUnderLoad(SseHub hub, ConcurrentLinkedQueue<Throwable> failures)
      throws InterruptedException {
    long end = System.nanoTime() + LOAD.toNanos();
    var pace = new Object();
    var rounds = new AtomicLong();
    while (System.nanoTime() < end && failures.isEmpty()) {
      long round = rounds.incrementAndGet();
      for (int i = 0; i < CLIENTS; i++) {
        hub.publish("client" + i, "client" + i + ":" + round);
      }
      synchronized (pace) {
        pace.wait(10);
      }
    }
    return rounds.get();
  }

  private static void awaitNoStreams(SseHub hub) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    var pace = new Object();
    while (hub.pump().streams() > 0) {
      assertTrue(System.nanoTime() < deadline, hub.pump().streams() + " streams are left over");
      synchronized (pace) {
        pace.wait(20);
      }
    }
  }
}
