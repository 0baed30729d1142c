package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.HubOptions;
import dev.ssebridge.Interest;
import dev.ssebridge.MemoryEventLog;
import dev.ssebridge.SseEvent;
import dev.ssebridge.SseHub;
import dev.ssebridge.StreamEnd;
import dev.ssebridge.StreamOptions;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.servlet.EventStream;
import dev.ssebridge.servlet.EventStreamInitializer;
import dev.ssebridge.servlet.EventStreamOptions;
import dev.ssebridge.servlet.EventStreams;
import dev.ssebridge.testkit.RawHttpClient;
import dev.ssebridge.testkit.RawStream;
import jakarta.servlet.ServletContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/** Streams that a servlet of the application's opens, without any WebSocket. */
@OnEveryServer
class EventStreamTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  /** Opens a stream for every request and hands it to the test. */
  static final class Opener extends HttpServlet {
    private final transient BiFunction<HttpServletRequest, HttpServletResponse, EventStream> open;
    final transient BlockingQueue<EventStream> streams = new LinkedBlockingQueue<>();
    final transient BlockingQueue<StreamEnd> ends = new LinkedBlockingQueue<>();
    transient volatile ServletContext context;

    Opener(BiFunction<HttpServletRequest, HttpServletResponse, EventStream> open) {
      this.open = open;
    }

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response) {
      context = request.getServletContext();
      streams.add(open.apply(request, response).onEnd(ends::add));
    }

    EventStream next() throws InterruptedException {
      EventStream next = streams.poll(20, TimeUnit.SECONDS);
      assertNotNull(next, "no stream in time");
      return next;
    }

    StreamEnd end() throws InterruptedException {
      StreamEnd end = ends.poll(20, TimeUnit.SECONDS);
      assertNotNull(end, "no end in time");
      return end;
    }
  }

  private static Opener direct() {
    return new Opener(EventStream::open);
  }

  private static EventStreamOptions heartbeat(Duration interval) {
    return EventStreamOptions.DEFAULTS.withTimes(StreamOptions.DEFAULTS.withHeartbeat(interval));
  }

  private static EmbeddedServer start(Servers servers, HttpServlet servlet) {
    return servers.start(
        ServerConfig.embedded()
            .initializer(new EventStreamInitializer())
            .servlet("/events", servlet)
            .tls());
  }

  @Test
  void tokensArriveOneByOneWithTheirSpaces(Servers servers) throws Exception {
    Opener opener = direct();
    EmbeddedServer server = start(servers, opener);
    List<URI> addresses = List.of(server.uri("events"), server.httpsUri().resolve("events"));
    List<HttpClient> clients = List.of(servers.http1(), servers.http2());
    for (int i = 0; i < 2; i++) {
      StreamClient client = servers.closing(StreamClient.open(clients.get(i), addresses.get(i)));
      assertEquals(200, client.status());
      EventStream stream = opener.next();

      for (String token : List.of("Once", " upon", "  a", "\ttime", "", "\n")) {
        assertTrue(stream.send("delta", token));
        Event event = client.next(); // before the next is sent: each is flushed at once
        assertEquals("delta", event.type());
        assertEquals(token, event.data());
      }
      assertTrue(stream.send("[DONE]"));
      stream.end();

      assertEquals("[DONE]", client.next().data());
      client.assertEnd();
      assertEquals(StreamEnd.COMPLETED, opener.end());
      assertFalse(stream.isOpen());
      assertFalse(stream.send("late"));
    }
  }

  @Test
  void theProducerHearsWithinAHeartbeatThatTheReaderHasLeft(Servers servers) throws Exception {
    var opener =
        new Opener(
            (request, response) ->
                EventStream.open(request, response, heartbeat(Duration.ofSeconds(6))));
    EmbeddedServer server = start(servers, opener);
    List<URI> addresses = List.of(server.uri("events"), server.httpsUri().resolve("events"));
    List<HttpClient> clients = List.of(servers.http1(), servers.http2());
    for (int i = 0; i < 2; i++) {
      StreamClient client = StreamClient.open(clients.get(i), addresses.get(i));
      EventStream stream = opener.next();
      long left = System.nanoTime();

      client.close(); // before the first token

      assertEquals(StreamEnd.CLIENT_GONE, opener.end());
      long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - left);
      assertTrue(millis < 9_000, millis + " ms"); // over HTTP/1.1, two heartbeats would be 12 s
      assertFalse(stream.send("to nobody"));
    }
  }

  @Test
  void aReaderThatIsTooFarBehindLosesTheStreamNotTheServer(Servers servers) throws Exception {
    var opener =
        new Opener(
            (request, response) ->
                EventStream.open(
                    request, response, EventStreamOptions.DEFAULTS.withMaxUnsentBytes(64 << 10)));
    EmbeddedServer server = start(servers, opener);
    try (RawClient client = RawClient.get(server.uri("events"))) { // never reads
      EventStream stream = opener.next();
      String large = "x".repeat(32 << 10);

      int taken = 0;
      while (stream.send(large)) {
        taken++;
        assertTrue(taken < 100_000, "bounded");
        assertTrue(stream.unsentBytes() <= 64 << 10, "bounded");
      }

      assertEquals(StreamEnd.OVERFLOW, opener.end());
    }
  }

  @Test
  void channelsGoOnWhereTheCutStreamEnded(Servers servers) throws Exception {
    SseHub hub = servers.closing(SseHub.create());
    var opener =
        new Opener(
            (request, response) -> EventStream.open(request, response, hub, "news", "prices"));
    EmbeddedServer server = start(servers, opener);
    StreamClient first = StreamClient.open(servers.http1(), server.uri("events"));
    EventStream stream = opener.next();
    hub.publish("news", "n1");
    hub.publish("other", "o1");
    hub.publish("prices", SseEvent.of("tick", "p1"));
    Event news = first.next();
    assertEquals("news", news.type());
    assertEquals("n1", news.data());
    assertEquals("tick", first.next().type());
    stream.send("hello", "you"); // to this stream alone, and it leaves the cursor as it is
    assertEquals("you", first.next().data());
    first.close();
    hub.publish("news", "n2");
    hub.publish("prices", "p2");

    for (String header : List.of("Last-Event-ID", "")) {
      String cursor = first.lastEventId();
      StreamClient second =
          header.isEmpty()
              ? StreamClient.open(servers.http1(), server.uri("events?cursor=" + cursor))
              : StreamClient.open(
                  servers.http1(), server.uri("events?cursor=foreign-7"), header, cursor);
      assertEquals(List.of("n2", "p2"), second.data(2));
      second.close();
    }
    StreamClient polyfill =
        StreamClient.open(servers.http1(), server.uri("events?lastEventId=" + first.lastEventId()));
    assertEquals(List.of("n2", "p2"), polyfill.data(2));
    polyfill.close();
  }

  @Test
  void aHostileCursorIsAGapAndNoErrorPage(Servers servers) throws Exception {
    SseHub hub = servers.closing(SseHub.create());
    var opener =
        new Opener((request, response) -> EventStream.open(request, response, hub, "news"));
    EmbeddedServer server = start(servers, opener);
    for (String cursor :
        List.of(
            "-1", "x", "%00", "%0d%0aX:y", "a-99999999999999999999", "%F0%9F", "a".repeat(3000))) {
      StreamClient client =
          StreamClient.open(servers.http1(), server.uri("events?cursor=" + cursor));
      assertEquals(200, client.status(), cursor);
      Event gap = client.next();
      assertEquals("sse.gap", gap.type(), cursor);
      assertEquals("{\"reason\":\"malformed\",\"channels\":[\"news\"]}", gap.data());
      client.close();
    }
    // An id goes over the wire as UTF-8 (WHATWG HTML §9.2.4), and a servlet reads it as Latin-1.
    String raw =
        new String("\u2026-7".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
    try (RawStream client =
        RawHttpClient.to(server.uri()).get("/events", "Last-Event-ID: " + raw)) {
      assertEquals(200, client.status());
      assertTrue(client.readThrough("\n\n", PATIENCE).contains("{\"reason\":\"malformed\""));
    }
    StreamClient foreign =
        StreamClient.open(servers.http1(), server.uri("events"), "Last-Event-ID", "elsewhere-7");
    assertEquals("{\"reason\":\"epoch\",\"channels\":[\"news\"]}", foreign.next().data());
    foreign.close();
  }

  @Test
  void anOpenStreamFollowsOtherChannelsWithoutAReconnection(Servers servers) throws Exception {
    SseHub hub = servers.closing(SseHub.create());
    var opener = new Opener((request, response) -> EventStream.open(request, response, hub, "one"));
    EmbeddedServer server = start(servers, opener);
    StreamClient client = servers.closing(StreamClient.open(servers.http1(), server.uri("events")));
    EventStream stream = opener.next();
    hub.publish("one", "1");
    assertEquals("1", client.next().data());

    stream.follow(Interest.in("two.*"));
    stream.send("changed", "");
    assertEquals("changed", client.next().type());
    hub.publish("one", "not any more");
    hub.publish("two.a", "2");

    assertEquals("2", client.next().data());
  }

  @Test
  void anApplicationThatStopsSaysGoodbyeAndNothingIsLost(Servers servers) throws Exception {
    var log = new MemoryEventLog(); // stands for one that outlives the server
    SseHub hub = servers.closing(SseHub.create(HubOptions.DEFAULTS.withLog(log)));
    var opener =
        new Opener((request, response) -> EventStream.open(request, response, hub, "news"));
    EmbeddedServer server = start(servers, opener);
    StreamClient client = StreamClient.open(servers.http1(), server.uri("events"));
    opener.next();
    hub.publish("news", "n1");
    assertEquals("n1", client.next().data());
    EventStreams streams = EventStreams.of(opener.context);
    assertEquals(1, streams.count());

    streams.drain(Duration.ofSeconds(5));

    Event goodbye = client.next();
    assertEquals("sse.goaway", goodbye.type());
    assertEquals("{\"reason\":\"shutdown\"}", goodbye.data());
    client.assertEnd();
    assertEquals(StreamEnd.SHUTDOWN, opener.end());
    assertEquals(0, streams.count());
    hub.publish("news", "n2");
    StreamClient refused =
        StreamClient.open(
            servers.http1(), server.uri("events"), "Last-Event-ID", client.lastEventId());
    assertEquals(200, refused.status(), "or EventSource gives up");
    refused.assertEnd();
    assertEquals(StreamEnd.SHUTDOWN, opener.end());
    server.close();

    EmbeddedServer restarted = start(servers, opener);
    StreamClient back =
        StreamClient.open(
            servers.http1(), restarted.uri("events"), "Last-Event-ID", client.lastEventId());
    assertEquals("n2", back.next().data());
    back.close();
  }

  @Test
  void aRollingRestartLosesNothingAndDoesNotStampede(Servers servers) throws Exception {
    SseHub hub = servers.closing(SseHub.create()); // stands for nodes that share a log
    var leaving =
        new Opener((request, response) -> EventStream.open(request, response, hub, "news"));
    var staying =
        new Opener((request, response) -> EventStream.open(request, response, hub, "news"));
    EmbeddedServer first = start(servers, leaving);
    EmbeddedServer second = start(servers, staying);
    HttpClient http = servers.http1();
    List<StreamClient> clients = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      clients.add(servers.closing(StreamClient.open(http, first.uri("events"))));
    }
    var published = new AtomicInteger();
    var stop = new CountDownLatch(1);
    var publisher =
        new Thread(
            () -> {
              try {
                do {
                  hub.publish("news", String.valueOf(published.incrementAndGet()));
                } while (!stop.await(1, TimeUnit.MILLISECONDS));
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    publisher.start();
    for (StreamClient client : clients) {
      assertEquals("1", client.next().data());
    }

    EventStreams.of(leaving.context).drain(Duration.ofSeconds(10));

    List<Duration> retries = new ArrayList<>();
    List<StreamClient> back = new ArrayList<>();
    int[] seen = new int[clients.size()];
    for (int i = 0; i < seen.length; i++) {
      StreamClient client = clients.get(i);
      seen[i] = 1;
      Event event = client.next();
      for (; event.type().equals("news"); event = client.next()) {
        assertEquals(String.valueOf(++seen[i]), event.data());
      }
      assertEquals("sse.goaway", event.type());
      client.assertEnd();
      retries.add(client.retry().orElseThrow());
      back.add(
          servers.closing(
              StreamClient.open(
                  http, second.uri("events"), "Last-Event-ID", client.lastEventId())));
    }
    stop.countDown();
    publisher.join();
    for (int i = 0; i < seen.length; i++) {
      while (seen[i] < published.get()) {
        assertEquals(String.valueOf(++seen[i]), back.get(i).next().data());
      }
    }
    Duration soonest = Collections.min(retries);
    Duration latest = Collections.max(retries);
    assertTrue(soonest.toMillis() >= 4_000 && latest.toMillis() <= 6_000, retries::toString);
    assertTrue(latest.minus(soonest).toMillis() > 1_000, () -> "in lockstep: " + retries);
  }

  @Test
  void aServerThatStopsEndsItsStreamsAndLeavesNoThread(Servers servers) throws Exception {
    Opener opener = direct();
    EmbeddedServer server = start(servers, opener);
    StreamClient client = StreamClient.open(servers.http1(), server.uri("events"));
    opener.next().send("hello");
    assertEquals("hello", client.next().data());

    server.stop(Duration.ofSeconds(2));

    StreamEnd end = opener.end();
    assertTrue(end == StreamEnd.SHUTDOWN || end == StreamEnd.CLIENT_GONE, end.name());
    assertEquals(
        List.of(),
        Thread.getAllStackTraces().keySet().stream()
            .filter(thread -> thread.getName().startsWith("sse-pump"))
            .toList());
  }

  @Test
  void streamsNeedNoInitializer(Servers servers) throws Exception {
    Opener opener = direct();
    EmbeddedServer server = servers.start(ServerConfig.embedded().servlet("/events", opener));
    StreamClient client = StreamClient.open(servers.http1(), server.uri("events"));
    opener.next().send("hello");

    assertEquals("hello", client.next().data());
    EventStreams.of(opener.context).close();
    assertEquals("sse.goaway", client.next().type());
    client.assertEnd();
  }

  @Test
  void aFilterThatIsNotAsyncSupportedIsNamedInTheError(Servers servers) throws Exception {
    BlockingQueue<String> faults = new LinkedBlockingQueue<>();
    var servlet =
        new HttpServlet() {
          @Override
          protected void doGet(HttpServletRequest request, HttpServletResponse response)
              throws IOException {
            try {
              EventStream.open(request, response);
            } catch (IllegalStateException e) {
              faults.add(e.getMessage());
              response.sendError(500);
            }
          }
        };
    EmbeddedServer server =
        servers.start(
            ServerConfig.embedded()
                .filter(
                    "old",
                    (request, response, chain) -> chain.doFilter(request, response),
                    "/*",
                    false)
                .servlet("/events", servlet));

    StreamClient client = StreamClient.open(servers.http1(), server.uri("events"));

    assertNotEquals(200, client.status());
    String fault = faults.poll(20, TimeUnit.SECONDS);
    assertTrue(fault.contains("async-supported") && fault.contains("/events"), fault);
  }
}
