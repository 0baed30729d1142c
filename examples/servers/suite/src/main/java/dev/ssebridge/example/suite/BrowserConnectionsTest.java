package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.ssebridge.SseHub;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.servlet.EventStreamInitializer;
import dev.ssebridge.servlet.EventStreamServlet;
import dev.ssebridge.servlet.StreamPolicy;
import dev.ssebridge.websocket.SseBridgeInitializer;
import jakarta.servlet.AsyncEvent;
import jakarta.servlet.AsyncListener;
import jakarta.websocket.OnMessage;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openqa.selenium.chrome.ChromeDriver;

/** How many TCP connections the streams of a real browser take. */
@OnEveryServer
@Tag("browser")
class BrowserConnectionsTest {
  /** Opens streams and answers when all are open; what they receive is kept in the page. */
  private static final String OPEN =
      """
      const [urls, channels, done] = arguments;
      window.received = [];
      const opened = urls.map((url) => new Promise((resolve, reject) => {
        const source = new EventSource(url);
        source.onopen = resolve;
        source.onerror = () => reject(new Error(`no stream at ${url}`));
        channels.forEach((channel) =>
          source.addEventListener(channel, ({ type, data }) => received.push(`${type}: ${data}`)));
      }));
      Promise.all(opened).then(() => done("open"), (error) => done(error.message));
      """;

  /** Answers what was received when there is as much as is waited for. */
  private static final String RECEIVED =
      """
      const [count, done] = arguments;
      const look = () => received.length >= count ? done(received) : setTimeout(look, 20);
      look();
      """;

  /** Opens sockets of the bridge's client, and answers what each was told. */
  private static final String SOCKETS =
      """
      const [count, done] = arguments;
      const talk = async (SseSocket, i) => {
        const socket = new SseSocket(`/echo/${i}`);
        await new Promise((resolve) => { socket.onopen = resolve; });
        return { socket, say: (text) => new Promise((resolve) => {
          socket.onmessage = ({ data }) => resolve(data);
          socket.send(text);
        }) };
      };
      import("/ssebridge/sse-socket.js")
        .then(({ SseSocket }) => Promise.all(Array.from({ length: count }, (_, i) => talk(SseSocket, i))))
        .then((talks) => Promise.all(talks.map(({ say }, i) => say(`from ${i}`))))
        .then(done, (error) => done([error.message]));
      """;

  /** As somebody writes it who never heard of SSE. */
  @ServerEndpoint("/echo/{name}")
  public static class Echo {
    @OnMessage
    public String message(String text, @PathParam("name") String name) {
      return name + " heard " + text;
    }
  }

  /** A stream as the server sees it: the client's port stands for the TCP connection. */
  private record Seen(String protocol, int remotePort) {}

  private final ConcurrentLinkedQueue<Seen> seen = new ConcurrentLinkedQueue<>();
  private SseHub hub;

  private EmbeddedServer start(Servers servers) {
    hub = servers.closing(SseHub.create());
    StreamPolicy policy =
        request -> {
          seen.add(new Seen(request.http().getProtocol(), request.http().getRemotePort()));
          return request.all();
        };
    return servers.start(
        ServerConfig.embedded()
            .initializer(new EventStreamInitializer())
            .servlet("/events/*", new EventStreamServlet(hub, policy))
            .tls());
  }

  private static ChromeDriver browse(URI page, Path profile) {
    ChromeDriver browser = Chromium.open(page, profile, "--ignore-certificate-errors");
    browser.manage().timeouts().scriptTimeout(Duration.ofSeconds(30));
    return browser;
  }

  @Test
  void aHundredStreamsShareOneConnectionOverHttp2(Servers servers, @TempDir Path profile) {
    EmbeddedServer server = start(servers);
    List<String> urls = IntStream.range(0, 100).mapToObj(i -> "/events/a?n=" + i).toList();
    ChromeDriver browser = browse(server.httpsUri().resolve("suite/page.html"), profile);
    try {
      assertEquals("open", browser.executeAsyncScript(OPEN, urls, List.of("a")));
      hub.publish("a", "to all");

      assertEquals(
          urls.stream().map(url -> "a: to all").toList(),
          browser.executeAsyncScript(RECEIVED, urls.size()));
      assertEquals(urls.size(), seen.size(), "streams");
      assertEquals(1, new HashSet<>(seen).size(), () -> "connections of the streams: " + seen);
      assertEquals("HTTP/2.0", seen.element().protocol());
    } finally {
      browser.quit();
    }
  }

  @Test
  void fiftyChannelsShareOneStreamOverHttp1(Servers servers, @TempDir Path profile) {
    EmbeddedServer server = start(servers);
    List<String> channels = IntStream.range(0, 50).mapToObj(i -> "c" + i).toList();
    List<String> url = List.of("/events/" + String.join(",", channels));
    List<String> wanted = new ArrayList<>();
    ChromeDriver browser = browse(server.uri("suite/page.html"), profile);
    try {
      assertEquals("open", browser.executeAsyncScript(OPEN, url, channels));
      for (int round = 1; round <= 3; round++) {
        for (String channel : channels) {
          hub.publish(channel, "round " + round);
          wanted.add(channel + ": round " + round);
        }
      }

      assertEquals(wanted, browser.executeAsyncScript(RECEIVED, wanted.size()), "each, in order");
      assertEquals(1, seen.size(), () -> "streams: " + seen);
      assertEquals("HTTP/1.1", seen.element().protocol());
    } finally {
      browser.quit();
    }
  }

  /** A browser opens six connections to a host and no more, so the seventh would never answer. */
  @Test
  void tenSocketsOfAPageShareOneStreamOverHttp1(Servers servers, @TempDir Path profile)
      throws Exception {
    var streams = new AtomicInteger(); // open now
    EmbeddedServer server =
        servers.start(
            ServerConfig.embedded()
                .endpoints(Echo.class)
                .initializer(new SseBridgeInitializer())
                .filter(
                    "/echo/*",
                    (request, response, chain) -> {
                      chain.doFilter(request, response);
                      if (request.isAsyncStarted()) {
                        streams.incrementAndGet();
                        request.getAsyncContext().addListener(new Ended(streams::decrementAndGet));
                      }
                    }));
    ChromeDriver browser = browse(server.uri("suite/page.html"), profile);
    try {
      List<String> wanted = IntStream.range(0, 10).mapToObj(i -> i + " heard from " + i).toList();

      assertEquals(wanted, browser.executeAsyncScript(SOCKETS, wanted.size()));
      Leftovers.await(() -> streams.get() == 1, () -> streams + " streams");
    } finally {
      browser.quit();
    }
  }

  /** Counts a request that has ended, however it did. */
  private record Ended(Runnable count) implements AsyncListener {
    @Override
    public void onComplete(AsyncEvent event) {
      count.run();
    }

    @Override
    public void onTimeout(AsyncEvent event) {}

    @Override
    public void onError(AsyncEvent event) {}

    @Override
    public void onStartAsync(AsyncEvent event) {}
  }
}
