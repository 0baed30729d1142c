package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
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
import dev.ssebridge.servlet.EventStreams;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletOutputStream;
import jakarta.servlet.WriteListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.servlet.http.HttpServletResponseWrapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What clients, networks and filters do to streams, and what must not come of it. */
@OnEveryServer
class StreamFaultTest {
  private static final EventStreamOptions LIVELY =
      EventStreamOptions.DEFAULTS.withTimes(
          StreamOptions.DEFAULTS
              .withHeartbeat(Duration.ofMillis(300))
              .withWriteDeadline(Duration.ofSeconds(1)));

  /** Follows the channels that the query names. */
  static final class Channels extends HttpServlet {
    private final transient SseHub hub;
    final transient BlockingQueue<StreamEnd> ends = new LinkedBlockingQueue<>();
    final transient BlockingQueue<String> faults = new LinkedBlockingQueue<>();
    final AtomicInteger opened = new AtomicInteger();
    transient volatile ServletContext context;

    Channels(SseHub hub) {
      this.hub = hub;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      context = request.getServletContext();
      try {
        Interest interest = Interest.in(request.getParameter("channel"));
        opened.incrementAndGet();
        EventStream.open(request, response, hub, interest, LIVELY).onEnd(ends::add);
      } catch (IllegalStateException e) {
        faults.add(e.getMessage());
        response.sendError(500);
      }
    }

    StreamEnd end() throws InterruptedException {
      StreamEnd end = ends.poll(20, TimeUnit.SECONDS);
      assertNotNull(end, "no end in time");
      return end;
    }
  }

  private SseHub hub;
  private Channels servlet;

  @BeforeEach
  void makeHub(Servers servers) {
    hub = servers.closing(SseHub.create());
    servlet = new Channels(hub);
  }

  private EmbeddedServer start(Servers servers, Filter... filters) {
    var config = ServerConfig.embedded().initializer(new EventStreamInitializer()).tls();
    for (Filter filter : filters) {
      config.filter("/*", filter);
    }
    return servers.start(config.servlet("/events", servlet));
  }

  // Filters in front

  /** As caching filters do: everything stays here until the chain returns. */
  private static final class Caching extends HttpServletResponseWrapper {
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();

    Caching(HttpServletResponse response) {
      super(response);
    }

    @Override
    public ServletOutputStream getOutputStream() {
      return new ServletOutputStream() {
        @Override
        public boolean isReady() {
          return true;
        }

        @Override
        public void setWriteListener(WriteListener listener) {}

        @Override
        public void write(int b) {
          kept.write(b);
        }
      };
    }

    @Override
    public void flushBuffer() {}
  }

  @Test
  void aFilterThatHoldsTheStreamBackIsNamed(Servers servers) throws Exception {
    EmbeddedServer server =
        start(
            servers,
            (request, response, chain) ->
                chain.doFilter(request, new Caching((HttpServletResponse) response)));

    StreamClient client =
        servers.closing(StreamClient.open(servers.http1(), server.uri("events?channel=a")));

    assertNotEquals(200, client.status());
    String fault = servlet.faults.poll(20, TimeUnit.SECONDS);
    assertTrue(fault.contains("holds it back") && fault.contains("Caching"), fault);
    assertEquals(0, EventStreams.of(servlet.context).count());
  }

  @Test
  void aStreamThatIsSentCompressedIsALineInTheLog(Servers servers) throws Exception {
    BlockingQueue<String> lines = new LinkedBlockingQueue<>();
    Logger logger = Logger.getLogger("dev.ssebridge.servlet"); // held: or it is collected
    Handler handler =
        new Handler() {
          @Override
          public void publish(LogRecord line) {
            lines.add(line.getMessage());
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    logger.addHandler(handler);
    try {
      EmbeddedServer server =
          start(
              servers,
              (request, response, chain) -> {
                ((HttpServletResponse) response).setHeader("Content-Encoding", "x-none");
                chain.doFilter(request, response);
              });
      servers.closing(StreamClient.open(servers.http1(), server.uri("events?channel=a")));
      servers.closing(StreamClient.open(servers.http1(), server.uri("events?channel=a")));
      String line = lines.poll(20, TimeUnit.SECONDS);
      assertTrue(line.contains("Content-Encoding"), line);
      assertEquals(0, lines.size(), "once");
    } finally {
      logger.removeHandler(handler);
    }
  }

  // Clients

  private void awaitNoStream() throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
    while (hub.pump().streams() > 0 && System.nanoTime() < deadline) {
      servlet.ends.poll(50, TimeUnit.MILLISECONDS);
    }
    assertEquals(0, hub.pump().streams(), "streams left over");
    while (EventStreams.of(servlet.context).count() > 0 && System.nanoTime() < deadline) {
      servlet.ends.poll(50, TimeUnit.MILLISECONDS);
    }
    assertEquals(0, EventStreams.of(servlet.context).count(), "streams left over");
  }

  @Test
  void aResetInTheMiddleOfAFrameEndsThatStreamAlone(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    StreamClient other =
        servers.closing(StreamClient.open(servers.http1(), server.uri("events?channel=a")));
    RawClient raw = RawClient.get(server.uri("events?channel=a"));
    raw.input().readNBytes(100); // it is open
    hub.publish("a", "x".repeat(1 << 20));
    raw.input().readNBytes(10_000);

    raw.reset();

    StreamEnd end = servlet.end();
    assertTrue(end == StreamEnd.CLIENT_GONE || end == StreamEnd.STALLED, end.name());
    assertEquals(1 << 20, other.next().data().length());
    hub.publish("a", "after");
    assertEquals("after", other.next().data());
    assertEquals(1, hub.pump().streams());
  }

  @Test
  void aHalfClosedClientIsServedOrEndedButNotForgotten(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    try (RawClient raw = RawClient.get(server.uri("events?channel=a"))) {
      raw.input().readNBytes(100);

      raw.halfClose();

      hub.publish("a", "served");
      var got = new StringBuilder();
      byte[] buffer = new byte[8192];
      for (int count = raw.input().read(buffer);
          count > 0 && got.indexOf("served") < 0;
          count = raw.input().read(buffer)) {
        got.append(new String(buffer, 0, count, StandardCharsets.US_ASCII));
      }
      if (got.indexOf("served") < 0) {
        assertEquals(StreamEnd.CLIENT_GONE, servlet.end());
      }
    }
    awaitNoStream();
  }

  @Test
  void aReaderThatStallsForEverIsCutAndHoldsNobodyUp(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    try (RawClient stalled = RawClient.get(server.uri("events?channel=a"))) {
      StreamClient reader =
          servers.closing(StreamClient.open(servers.http1(), server.uri("events?channel=a")));
      String large = "x".repeat(100_000);
      int published = 0;
      while (servlet.ends.isEmpty()) { // until it has been cut
        hub.publish("a", large);
        assertEquals(large.length(), reader.next().data().length());
        assertTrue(++published < 20_000);
      }
      assertEquals(StreamEnd.STALLED, servlet.end());
      hub.publish("a", "on it goes");
      assertEquals("on it goes", reader.next().data());
      assertNotNull(stalled);
    }
  }

  /** As long as the system property says; a few seconds otherwise. */
  private static final int SECONDS = Integer.getInteger("suite.isolation.seconds", 4);

  private static final int SURVIVORS = 20;
  private static final int ABORTERS = 20;
  private static final Pattern STAMP = Pattern.compile("<(\\d+):(\\d+)>");

  @Test
  @Timeout(300)
  void noByteLandsInAnotherClientsResponse(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
    ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
    AtomicInteger aborts = new AtomicInteger();
    AtomicInteger received = new AtomicInteger();
    List<HttpClient> clients = List.of(servers.http1(), servers.http2());
    // A connection of its own: containers cut one on which too many streams are reset.
    HttpClient aborting = servers.http2();
    List<URI> roots = List.of(server.uri(), server.httpsUri());
    List<Thread> threads = new ArrayList<>();
    List<StreamClient> survivors = new ArrayList<>();
    for (int i = 0; i < SURVIVORS; i++) {
      URI uri = roots.get(i % 2).resolve("events?channel=c" + i);
      survivors.add(servers.closing(StreamClient.open(clients.get(i % 2), uri)));
    }
    for (int i = SURVIVORS; i < SURVIVORS + ABORTERS; i++) {
      int id = i;
      threads.add(
          new Thread(
              () -> {
                var random = new Random(id);
                while (System.nanoTime() < until) {
                  try {
                    String seen =
                        id % 2 == 0
                            ? abortHttp1(server.uri("events?channel=c" + id), random)
                            : abortHttp2(
                                aborting,
                                server.httpsUri().resolve("events?channel=c" + id),
                                random);
                    aborts.incrementAndGet();
                    check(seen, id, wrong);
                  } catch (IOException refused) {
                    // a connection that was just reset may refuse the next request
                  } catch (InterruptedException e) {
                    return;
                  }
                }
              }));
    }
    int[] next = new int[SURVIVORS];
    threads.forEach(Thread::start);
    int round = 0;
    while (threads.stream().anyMatch(Thread::isAlive)) { // each waits for bytes to abort after
      for (int i = 0; i < SURVIVORS + ABORTERS; i++) {
        hub.publish("c" + i, "<" + i + ":" + round + ">" + "x".repeat(round % 3000));
      }
      round++;
      for (int i = 0; i < SURVIVORS; i++) { // keeps everybody in step, and the log small
        String data = survivors.get(i).next().data();
        received.incrementAndGet();
        if (!data.startsWith("<" + i + ":" + next[i] + ">")) {
          wrong.add("client " + i + " expected " + next[i] + ": " + head(data));
        }
        next[i]++;
      }
    }
    for (StreamClient survivor : survivors) {
      survivor.close();
    }

    assertEquals(List.of(), List.copyOf(wrong));
    assertTrue(aborts.get() > ABORTERS, "aborts: " + aborts);
    assertTrue(received.get() > SURVIVORS, "received: " + received);
    awaitNoStream();
    assertFalse(servlet.faults.stream().findAny().isPresent(), () -> "" + servlet.faults);
  }

  private static String abortHttp1(URI uri, Random random) throws IOException {
    RawClient raw = RawClient.get(uri);
    byte[] some = raw.input().readNBytes(200 + random.nextInt(4000));
    if (random.nextBoolean()) {
      raw.reset();
    } else {
      raw.close();
    }
    return new String(some, StandardCharsets.US_ASCII);
  }

  private static String abortHttp2(HttpClient client, URI uri, Random random)
      throws IOException, InterruptedException {
    HttpResponse<InputStream> response =
        client.send(
            HttpRequest.newBuilder(uri).header("Accept", "text/event-stream").build(),
            HttpResponse.BodyHandlers.ofInputStream());
    try (InputStream body = response.body()) {
      return new String(body.readNBytes(random.nextInt(4000)), StandardCharsets.US_ASCII);
    }
  }

  private static void check(String seen, int id, ConcurrentLinkedQueue<String> wrong) {
    Matcher stamps = STAMP.matcher(seen);
    while (stamps.find()) {
      if (Integer.parseInt(stamps.group(1)) != id) {
        wrong.add("client " + id + " got " + stamps.group());
      }
    }
  }

  private static String head(String data) {
    return data.substring(0, Math.min(20, data.length()));
  }
}
