package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.Cursor;
import dev.ssebridge.Interest;
import dev.ssebridge.SseHub;
import dev.ssebridge.StreamOptions;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.servlet.CrossOrigin;
import dev.ssebridge.servlet.EventStreamInitializer;
import dev.ssebridge.servlet.EventStreamOptions;
import dev.ssebridge.servlet.EventStreamServlet;
import dev.ssebridge.servlet.EventStreamServletOptions;
import dev.ssebridge.servlet.StreamPolicy;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.chrome.ChromeDriver;

/**
 * What a browser's own {@code EventSource} does on its own accord (WHATWG HTML §9.2.2 and §9.2.3):
 * it comes back after every end but those that are final, and brings the last id.
 */
@OnEveryServer
@Tag("browser")
class EventSourceBrowserTest {
  private static final String OPEN =
      """
      window.received = [];
      window.source = new EventSource(arguments[0], { withCredentials: true });
      for (const type of ["a", "sse.hb", "sse.gap"]) {
        source.addEventListener(type, ({ type, data }) => received.push(`${type}:${data}`));
      }
      """;
  private static final Duration SOON = Duration.ofMillis(50);
  private static final int EVENTS = 60;

  /** Streams that are ended again and again, as planned ends and proxies do it, only sooner. */
  private static final StreamOptions RESTLESS =
      StreamOptions.DEFAULTS.withMaxLifetime(Duration.ofMillis(150)).withRetry(SOON);

  /** A request as the server sees it. */
  private record Seen(String method, String path, String lastEventId) {}

  private static ChromeDriver browser;
  private final ConcurrentLinkedQueue<Seen> seen = new ConcurrentLinkedQueue<>();
  private SseHub hub;
  private Cursor start;

  @BeforeAll
  static void openBrowser(@TempDir Path profile) {
    browser = Chromium.open(URI.create("about:blank"), profile);
  }

  @AfterAll
  static void quitBrowser() {
    browser.quit();
  }

  @BeforeEach
  void makeHub(Servers servers) {
    seen.clear();
    hub = servers.closing(SseHub.create());
    start = hub.cursor();
  }

  private EmbeddedServer start(
      Servers servers, StreamPolicy policy, StreamOptions times, CrossOrigin crossOrigin) {
    var redirect =
        new HttpServlet() {
          @Override
          protected void doGet(HttpServletRequest request, HttpServletResponse response) {
            response.setStatus(307);
            response.setHeader("Location", fromTheStart());
          }
        };
    return servers.start(
        ServerConfig.embedded()
            .initializer(new EventStreamInitializer())
            .filter(
                "/*",
                (request, response, chain) -> {
                  var http = (HttpServletRequest) request;
                  String id = http.getHeader("Last-Event-ID");
                  seen.add(new Seen(http.getMethod(), http.getRequestURI(), id == null ? "" : id));
                  chain.doFilter(request, response);
                })
            .servlet("/moved", redirect)
            .servlet(
                "/events/*",
                new EventStreamServlet(
                    hub,
                    policy,
                    EventStreamServletOptions.DEFAULTS
                        .withStream(EventStreamOptions.DEFAULTS.withTimes(times))
                        .withRefusalRetry(SOON)
                        .withCrossOrigin(crossOrigin))));
  }

  /** Streams may end before their first event: with a cursor nothing is missed meanwhile. */
  private String fromTheStart() {
    return "/events/a?cursor=" + start;
  }

  private static void open(URI page, String stream) {
    browser.get(page.resolve("suite/page.html").toString());
    browser.executeScript(OPEN, stream);
  }

  private static List<?> received() {
    return (List<?>) browser.executeScript("return received");
  }

  private static long readyState() {
    return (Long) browser.executeScript("return source.readyState");
  }

  private long requests(String path) {
    return seen.stream().filter(each -> each.path().equals(path)).count();
  }

  /** Publishes, while streams end and come back, and waits until the page has everything. */
  private void assertNothingIsLost() throws InterruptedException {
    List<String> sent = new ArrayList<>();
    var pace = new Object();
    for (int i = 1; i <= EVENTS; i++) {
      hub.publish("a", "event " + i);
      sent.add("a:event " + i);
      synchronized (pace) {
        pace.wait(10); // spreads the events over several streams; nothing depends on how many
      }
    }
    Leftovers.await(() -> received().size() >= EVENTS, () -> "only " + received());
    assertEquals(sent, received());
    assertTrue(seen.stream().anyMatch(each -> !each.lastEventId().isEmpty()), "it has come back");
  }

  @Test
  void aRefusalForNowIsTriedAgainAndOneForGoodIsNot(Servers servers) throws Exception {
    var decision = new AtomicReference<StreamPolicy.Decision>(StreamPolicy.Refuse.later());
    StreamPolicy policy = request -> decision.get();
    EmbeddedServer server = start(servers, policy, RESTLESS, CrossOrigin.NONE);

    open(server.uri(), fromTheStart());
    Leftovers.await(() -> requests("/events/a") >= 3, () -> "gave up: " + seen);
    assertEquals(0, readyState(), "still connecting");

    decision.set(new StreamPolicy.Accept(Interest.in("a"), null, null));
    assertNothingIsLost();

    decision.set(StreamPolicy.Refuse.forGood());
    Leftovers.await(() -> readyState() == 2, () -> "goes on: " + seen);
  }

  @Test
  void anyOtherStatusIsFinal(Servers servers) throws Exception {
    StreamPolicy policy = request -> StreamPolicy.Refuse.forbidden();
    EmbeddedServer server = start(servers, policy, RESTLESS, CrossOrigin.NONE);

    open(server.uri(), "/events/a");

    Leftovers.await(() -> readyState() == 2, () -> "goes on: " + seen);
    assertEquals(1, requests("/events/a"));
  }

  @Test
  void aRedirectedStreamGoesOnWhereItEnded(Servers servers) throws Exception {
    EmbeddedServer server = start(servers, request -> request.all(), RESTLESS, CrossOrigin.NONE);

    open(server.uri(), "/moved");

    assertNothingIsLost();
    assertTrue(requests("/moved") > 0, seen::toString);
  }

  @Test
  void anotherOriginsStreamGoesOnWithoutAPreflight(Servers servers) throws Exception {
    EmbeddedServer pages =
        servers.start(ServerConfig.embedded().initializer(new EventStreamInitializer()));
    String origin = "http://127.0.0.1:" + pages.port();
    EmbeddedServer server =
        start(
            servers, request -> request.all(), RESTLESS, CrossOrigin.of(origin).withCredentials());

    open(pages.uri(), server.uri().resolve(fromTheStart()).toString());

    assertNothingIsLost();
    assertTrue(seen.stream().allMatch(each -> each.method().equals("GET")), seen::toString);
  }

  @Test
  void aPageMayAskForHeartbeatsThatItSees(Servers servers) throws Exception {
    StreamOptions times = StreamOptions.DEFAULTS.withHeartbeat(Duration.ofMillis(100));
    EmbeddedServer server = start(servers, request -> request.all(), times, CrossOrigin.NONE);

    open(server.uri(), "/events/a");
    Leftovers.await(() -> hub.pump().streams() > 0, () -> "no stream: " + seen);
    hub.publish("a", "heartbeats that are comments are not seen");
    Leftovers.await(() -> received().size() == 1, () -> "not " + received());
    browser.executeScript("source.close()");

    open(server.uri(), "/events/a?sse-heartbeat=event");
    Leftovers.await(() -> received().size() >= 2, () -> "not " + received());
    assertEquals(List.of("sse.hb:", "sse.hb:"), received().subList(0, 2));
  }
}
