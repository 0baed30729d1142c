package dev.ssebridge.example.suite;

import static dev.ssebridge.example.suite.Leftovers.assertNoThreadIsLeft;
import static dev.ssebridge.example.suite.Leftovers.await;
import static dev.ssebridge.example.suite.Leftovers.directBytes;
import static dev.ssebridge.example.suite.Leftovers.libraryThreads;
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
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Random;
import java.util.Set;
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
  private static final Duration LOAD = Duration.ofSeconds(Long.getLong("isolation.seconds", 10));
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final long MAX_GROWTH = CLIENTS * 64L * 1024; // some buffers of each connection

  /** Streams the caller's own channel, and answers ordinary requests with the caller's name. */
  static final class Named extends HttpServlet {
    private final transient SseHub hub;
    final transient Collection<Throwable> faults = new ConcurrentLinkedQueue<>();

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
      try {
        stream(name, request, response);
      } catch (RuntimeException | Error fault) { // which the client would see as a mere 500
        faults.add(new AssertionError("a stream of " + name + " was not opened", fault));
        throw fault;
      }
    }

    private void stream(String name, HttpServletRequest request, HttpServletResponse response)
        throws IOException {
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

  /** One open response, over either protocol. */
  private interface Response extends AutoCloseable {
    /** Some bytes of the body; none at its end. */
    byte[] read() throws IOException;

    /** Breaks off, in one of three ways. */
    void abort(int way) throws IOException;

    @Override
    void close() throws IOException;

    static Response of(RawStream stream) throws IOException {
      if (stream.status() != 200) {
        fail(stream.status() + ": " + stream.readToEnd(PATIENCE));
      }
      byte[] buffer = new byte[512];
      return new Response() {
        @Override
        public byte[] read() throws IOException {
          return Arrays.copyOf(buffer, Math.max(0, stream.read(buffer, PATIENCE)));
        }

        @Override
        public void abort(int way) throws IOException {
          switch (way) {
            case 0 -> stream.reset();
            case 1 -> stream.halfClose();
            default -> stream.close();
          }
        }

        @Override
        public void close() throws IOException {
          stream.close();
        }
      };
    }

    static Response of(Http2Connection connection, Http2Connection.Stream stream)
        throws IOException {
      assertEquals(200, stream.status(PATIENCE));
      return new Response() {
        @Override
        public byte[] read() throws IOException {
          return stream.readThrough("\n", PATIENCE).getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public void abort(int way) throws IOException {
          switch (way) {
            case 0 -> connection.reset();
            case 1 -> stream.reset(Http2Connection.CANCEL);
            default -> connection.close();
          }
        }

        @Override
        public void close() throws IOException {
          connection.close();
        }
      };
    }
  }

  /** One client: reads its own events in order, and breaks off in every way there is. */
  private static final class Client {
    private final String name;
    private final URI server;
    private final RawHttpClient http;
    private final boolean http2;
    private final Random random;
    private final AtomicBoolean aborting;
    private final AtomicReference<Long> last;
    private String lastEventId = "";
    private long seen;
    long aborts;

    Client(
        String name,
        URI server,
        boolean http2,
        long seed,
        AtomicBoolean aborting,
        AtomicReference<Long> last) {
      this.name = name;
      this.server = server;
      this.http2 = http2;
      this.http = RawHttpClient.to(server).withTimeout(PATIENCE);
      this.random = new Random(seed);
      this.aborting = aborting;
      this.last = last;
    }

    void run() throws IOException {
      while (last.get() == null || seen < last.get()) {
        if (random.nextInt(4) == 0) {
          plain();
        }
        try (Response response = connect()) {
          follow(response);
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

    private Response connect() throws IOException {
      String target = "/named?client=" + name;
      String cursor = "last-event-id: " + lastEventId;
      if (!http2) {
        return Response.of(http.get(target, cursor));
      }
      Http2Connection connection = Http2Connection.open(server, 65_535);
      return Response.of(connection, connection.get(target, cursor));
    }

    private void follow(Response response) throws IOException {
      var parser = new EventStreamParser(1 << 16, lastEventId);
      int reads = random.nextInt(20);
      while (last.get() == null || seen < last.get()) {
        if (aborting.get() && reads-- == 0) {
          aborts++;
          response.abort(random.nextInt(3));
          return;
        }
        byte[] bytes = response.read();
        if (bytes.length == 0) {
          return;
        }
        parser.feed(bytes, 0, bytes.length);
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

    private void take(EventStreamParser.Event event) {
      assertEquals(name, event.type(), "the channel of this client");
      assertEquals(name + ":" + (seen + 1), event.data(), "the next event of this client");
      seen++;
      lastEventId = event.lastEventId();
    }
  }

  @Test
  @Timeout(value = 5, unit = TimeUnit.MINUTES)
  void noByteEverLandsInAnotherClientsResponseAndNothingIsLeftOver(Servers servers)
      throws Exception {
    Set<Thread> before = libraryThreads();
    SseHub hub = servers.closing(SseHub.create());
    var named = new Named(hub);
    EmbeddedServer server = servers.start(ServerConfig.embedded().servlet("/named", named).h2c());

    // A pool grows once, to the most that was ever in use; what leaks grows every time.
    long[] direct = new long[3];
    for (int part = 0; part < direct.length; part++) {
      load(server, named, LOAD.dividedBy(direct.length));
      direct[part] = directBytes();
    }
    long grown = Math.min(direct[1] - direct[0], direct[2] - direct[1]);
    System.out.printf(
        "%s: 0 streams left over, direct buffers after each part %s%n",
        server.container(), Arrays.toString(direct));
    assertTrue(grown < MAX_GROWTH, () -> "direct buffers grow: " + Arrays.toString(direct));
    servers.close();
    assertNoThreadIsLeft(before);
  }

  /** Clients that come, abort and come again for so long; then each reads to its last event. */
  private static void load(EmbeddedServer server, Named named, Duration time) throws Exception {
    SseHub hub = named.hub;
    var aborting = new AtomicBoolean(true);
    var last = new AtomicReference<Long>();
    var failures = new ConcurrentLinkedQueue<Throwable>();
    List<Client> clients = new ArrayList<>();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < CLIENTS; i++) {
      var client = new Client("client" + i, server.uri(), i % 4 == 0, i, aborting, last);
      client.lastEventId = hub.cursor().toString(); // before the first: none may be missing
      clients.add(client);
      threads.add(
          new Thread(
              () -> {
                try {
                  client.run();
                } catch (Throwable failure) {
                  failures.add(
                      new AssertionError(
                          client.name + " at " + client.seen + ": " + failure, failure));
                }
              }));
    }
    threads.forEach(Thread::start);

    long rounds = publishUnderLoad(hub, time, failures);
    aborting.set(false);
    last.set(rounds);

    for (Thread thread : threads) {
      thread.join(Duration.ofMinutes(2).toMillis());
      assertTrue(!thread.isAlive() || !failures.isEmpty(), "a client is still waiting");
    }
    if (!failures.isEmpty()) {
      var failed =
          new AssertionError(
              failures.size() + " clients failed, the first: " + failures.peek(), failures.peek());
      named.faults.forEach(failed::addSuppressed);
      throw failed;
    }
    long aborts = clients.stream().mapToLong(client -> client.aborts).sum();
    assertTrue(aborts > CLIENTS, "only " + aborts + " aborts");
    System.out.printf(
        "%s: %d clients, %d events each, %d aborts: every event in its own response%n",
        server.container(), CLIENTS, rounds, aborts);
    await(() -> hub.pump().streams() == 0, () -> hub.pump().streams() + " streams are left over");
  }

  /**
   * Publishes to everybody in turns. Not as fast as the machine can: two hundred clients that
   * always have something to do would starve whatever runs beside them.
   */
  private static long publishUnderLoad(
      SseHub hub, Duration time, ConcurrentLinkedQueue<Throwable> failures)
      throws InterruptedException {
    long end = System.nanoTime() + time.toNanos();
    var pace = new Object();
    var rounds = new AtomicLong();
    while (System.nanoTime() < end && failures.isEmpty()) {
      long round = rounds.incrementAndGet();
      for (int i = 0; i < CLIENTS; i++) {
        hub.publish("client" + i, "client" + i + ":" + round);
      }
      synchronized (pace) {
        pace.wait(100);
      }
    }
    return rounds.get();
  }
}
