package com.example.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.Cursor;
import dev.ssebridge.SseHub;
import dev.ssebridge.StreamOptions;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.example.suite.OnEveryServer;
import dev.ssebridge.example.suite.Servers;
import dev.ssebridge.example.suite.StreamClient;
import dev.ssebridge.servlet.EventStreamInitializer;
import dev.ssebridge.servlet.EventStreamOptions;
import dev.ssebridge.servlet.EventStreamServlet;
import dev.ssebridge.servlet.EventStreamServletOptions;
import dev.ssebridge.servlet.StreamPolicy;
import jakarta.servlet.http.HttpServletRequest;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a client has to see of a channel's stream, whoever wrote it. */
@OnEveryServer
abstract class ClientContract {
  /** An event as the client reports it. */
  record Received(String type, String data) {}

  private static final int EVENTS = 100;

  private final BlockingQueue<Received> received = new LinkedBlockingQueue<>();
  private final AtomicInteger resumed = new AtomicInteger(); // requests with a last id
  private SseHub hub;
  private Cursor start;

  /**
   * Follows a stream until it is closed, and comes back with the last id whenever it ends: by
   * itself where the client does that, else as its documentation says.
   */
  abstract AutoCloseable follow(URI stream, Consumer<Received> to);

  /** What this client makes of a text; the same, unless it is at fault. */
  String asReported(String text) {
    return text;
  }

  @BeforeEach
  void makeHub(Servers servers) {
    hub = servers.closing(SseHub.create());
    start = hub.cursor();
  }

  private EmbeddedServer start(Servers servers, StreamOptions times) {
    StreamPolicy everything = request -> request.all();
    var options =
        EventStreamServletOptions.DEFAULTS.withStream(EventStreamOptions.DEFAULTS.withTimes(times));
    return servers.start(
        ServerConfig.embedded()
            .initializer(new EventStreamInitializer())
            .filter(
                "/*",
                (request, response, chain) -> {
                  var http = (HttpServletRequest) request;
                  if (http.getHeader("Last-Event-ID") != null
                      || http.getQueryString().contains("lastEventId=")) {
                    resumed.incrementAndGet();
                  }
                  chain.doFilter(request, response);
                })
            .servlet("/events/*", new EventStreamServlet(hub, everything, options)));
  }

  /** From before the first event, so that none is missed while the client connects. */
  private URI stream(EmbeddedServer server) {
    return server.uri("events/a?cursor=" + start);
  }

  private Received next() throws InterruptedException {
    Received next = received.poll(20, TimeUnit.SECONDS);
    assertTrue(next != null, "nothing in time");
    return next;
  }

  @Test
  void textsArriveExactly(Servers servers) throws Exception {
    EmbeddedServer server = start(servers, StreamOptions.DEFAULTS);
    servers.closing(follow(stream(server), received::add));
    for (String text :
        List.of(" token", "  two", "a\nb", "\u00e4\u20ac\ud83d\ude00", "x".repeat(70_000), "end")) {
      hub.publish("a", text);
      assertEquals(new Received("a", asReported(text)), next());
    }
  }

  @Test
  void aHeartbeatIsNoEvent(Servers servers) throws Exception {
    EmbeddedServer server =
        start(servers, StreamOptions.DEFAULTS.withHeartbeat(Duration.ofMillis(50)));
    servers.closing(follow(stream(server), received::add));
    hub.publish("a", "before");
    assertEquals(new Received("a", "before"), next());
    StreamClient watch = servers.closing(StreamClient.open(servers.http1(), stream(server)));
    for (int heartbeats = 0; heartbeats < 10; heartbeats++) {
      watch.comment();
    }

    hub.publish("a", "after");

    assertEquals(new Received("a", "after"), next());
    assertEquals(List.of(), List.copyOf(received));
  }

  @Test
  void aStreamThatEndsIsContinuedWithoutLoss(Servers servers) throws Exception {
    EmbeddedServer server =
        start(
            servers,
            StreamOptions.DEFAULTS
                .withMaxLifetime(Duration.ofMillis(150))
                .withRetry(Duration.ofMillis(50)));
    servers.closing(follow(stream(server), received::add));
    List<Received> sent = new ArrayList<>();
    List<Received> seen = new ArrayList<>();
    for (int i = 1; i <= EVENTS; i++) {
      hub.publish("a", "event " + i);
      sent.add(new Received("a", "event " + i));
      Received next = next();
      while (next.type().equals("sse.goaway")) {
        next = next();
      }
      seen.add(next);
      if (i % 33 == 0) {
        int before = resumed.get();
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(20);
        while (resumed.get() == before) { // the stream ends soon, and the client comes back
          assertTrue(System.nanoTime() < deadline, "it does not come back");
          Thread.onSpinWait();
        }
      }
    }
    assertEquals(sent, seen);
  }
}
