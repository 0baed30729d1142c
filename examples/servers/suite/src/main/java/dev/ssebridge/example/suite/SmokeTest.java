package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ExplodedWar;
import dev.ssebridge.example.server.ServerConfig;
import jakarta.servlet.DispatcherType;
import jakarta.servlet.Filter;
import jakarta.servlet.ServletContainerInitializer;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.OnMessage;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpoint;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** That the servers themselves do what the other suites build on. */
@OnEveryServer
class SmokeTest {
  @ServerEndpoint("/echo/{room}")
  public static class Echo {
    @OnMessage
    public String echo(String text) {
      return "echo " + text;
    }
  }

  @Test
  void servesStaticFilesOfTheClassPath(Servers servers) throws Exception {
    EmbeddedServer server = servers.start(ServerConfig.embedded());

    HttpResponse<String> page = get(servers.http1(), server.uri("suite/page.html"));

    assertEquals(200, page.statusCode());
    assertTrue(page.body().contains("a page of the suite"), page.body());
    assertTrue(page.headers().firstValue("Content-Type").orElse("").startsWith("text/html"));
    assertEquals(404, get(servers.http1(), server.uri("suite/none.html")).statusCode());
  }

  @Test
  void streamsOverHttp1(Servers servers) throws Exception {
    StreamServlet servlet = new StreamServlet();
    EmbeddedServer server = servers.start(ServerConfig.embedded().servlet("/stream", servlet));

    streams(servers.http1(), server.uri("stream"), servlet, "HTTP/1.1");
  }

  @Test
  void streamsOverHttp2WithTls(Servers servers) throws Exception {
    StreamServlet servlet = new StreamServlet();
    EmbeddedServer server =
        servers.start(ServerConfig.embedded().servlet("/stream", servlet).tls());

    streams(servers.http2(), server.httpsUri().resolve("stream"), servlet, "HTTP/2.0");
    streams(servers.http1(), server.uri("stream"), servlet, "HTTP/1.1");
  }

  @Test
  void streamsOverHttp2WithoutTls(Servers servers) throws Exception {
    StreamServlet servlet = new StreamServlet();
    EmbeddedServer server =
        servers.start(ServerConfig.embedded().servlet("/stream", servlet).h2c());

    streams(servers.http2(), server.uri("stream"), servlet, "HTTP/2.0");
  }

  private static void streams(HttpClient client, URI uri, StreamServlet servlet, String protocol)
      throws Exception {
    HttpResponse<InputStream> response =
        client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofInputStream());
    try (BufferedReader lines = reader(response)) {
      assertEquals(200, response.statusCode());
      assertEquals(
          "text/event-stream;charset=utf-8",
          response.headers().firstValue("Content-Type").orElse("").toLowerCase().replace(" ", ""));
      assertEquals("data: hello over " + protocol, lines.readLine());
      assertEquals("", lines.readLine());
      StreamServlet.Open stream = servlet.next();
      for (int i = 0; i < 3; i++) {
        stream.send("event " + i);
        assertEquals("data: event " + i, lines.readLine());
        assertEquals("", lines.readLine());
      }
      stream.complete();
      assertEquals(null, lines.readLine());
    }
  }

  @Test
  void echoesOverItsOwnWebSocket(Servers servers) throws Exception {
    EmbeddedServer server = servers.start(ServerConfig.embedded().endpoints(Echo.class));

    assertEquals("echo hi", echo(server.wsUri("echo/7"), "hi"));
  }

  @Test
  void runsFiltersInOrder(Servers servers) throws Exception {
    List<String> order = new ArrayList<>();
    EmbeddedServer server =
        servers.start(
            ServerConfig.embedded()
                .filter("/*", noting(order, "first"))
                .filter("/stream", noting(order, "second"))
                .servlet(
                    "/stream",
                    new HttpServlet() {
                      @Override
                      protected void doGet(HttpServletRequest q, HttpServletResponse r) {
                        order.add("servlet");
                      }
                    }));

    assertEquals(200, get(servers.http1(), server.uri("stream")).statusCode());
    assertEquals(List.of("first", "second", "servlet"), order);
  }

  private static Filter noting(List<String> order, String name) {
    return (request, response, chain) -> {
      assertEquals(DispatcherType.REQUEST, request.getDispatcherType());
      order.add(name);
      chain.doFilter(request, response);
    };
  }

  @Test
  void initializersFollowTheContainersOwn(Servers servers) throws Exception {
    List<Object> seen = new ArrayList<>();
    ServletContainerInitializer initializer =
        (classes, context) -> {
          seen.add(classes);
          seen.add(
              context.getAttribute(ServerContainer.class.getName()) instanceof ServerContainer);
          seen.add(context.getInitParameter("greeting"));
          seen.add(context.getServletRegistrations().containsKey("servlet-0"));
        };

    servers.start(
        ServerConfig.embedded()
            .initializer(initializer)
            .servlet("/stream", new StreamServlet())
            .parameter("greeting", "hello")
            .endpoints(Echo.class));

    assertEquals(List.of(Set.of(Echo.class), true, "hello", true), seen);
  }

  @Test
  void failsToStartWhereTheApplicationDoes(Servers servers) {
    ServletContainerInitializer broken =
        (classes, context) -> {
          throw new ServletException("broken on purpose");
        };
    try {
      servers.start(ServerConfig.embedded().initializer(broken));
    } catch (IllegalStateException expected) {
      return;
    }
    throw new AssertionError("started");
  }

  @Test
  void deploysAnExplodedWar(Servers servers, @TempDir Path directory) throws Exception {
    ExplodedWar war = war(directory.resolve("app"));
    EmbeddedServer server = servers.start(ServerConfig.war(war.directory()).contextPath("/app"));

    deployed(servers, server);
  }

  @Test
  void deploysAWarFile(Servers servers, @TempDir Path directory) throws Exception {
    Path war = war(directory.resolve("app")).packTo(directory.resolve("app.war"));
    EmbeddedServer server = servers.start(ServerConfig.war(war));

    deployed(servers, server);
  }

  private static ExplodedWar war(Path directory) {
    return ExplodedWar.in(directory)
        .classes(Echo.class)
        .library("pages.jar", Map.of("META-INF/resources/lib/page.html", "a page in a jar"))
        .file("index.html", "a page of the war");
  }

  private static void deployed(Servers servers, EmbeddedServer server) throws Exception {
    assertEquals("echo hi", echo(server.wsUri("echo/7"), "hi"));
    assertEquals("a page in a jar", get(servers.http1(), server.uri("lib/page.html")).body());
    assertEquals("a page of the war", get(servers.http1(), server.uri("index.html")).body());
    // The suite's own page is on the class path of the test, which a war must not see.
    assertEquals(404, get(servers.http1(), server.uri("suite/page.html")).statusCode());
  }

  @Test
  void stopsInBoundedTimeWithStreamsOpen(Servers servers) throws Exception {
    endsWithStreamsOpen(servers, server -> server.stop(Duration.ofSeconds(1)));
  }

  @Test
  void isKilledWithStreamsOpen(Servers servers) throws Exception {
    endsWithStreamsOpen(servers, EmbeddedServer::kill);
  }

  private interface End {
    void of(EmbeddedServer server);
  }

  private static void endsWithStreamsOpen(Servers servers, End end) throws Exception {
    StreamServlet servlet = new StreamServlet();
    EmbeddedServer server = servers.start(ServerConfig.embedded().servlet("/stream", servlet));
    List<BufferedReader> readers = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      HttpRequest request = HttpRequest.newBuilder(server.uri("stream")).build();
      readers.add(reader(servers.http1().send(request, BodyHandlers.ofInputStream())));
    }

    long start = System.nanoTime();
    end.of(server);
    long tookMillis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);

    assertTrue(tookMillis < 5_000, "took " + tookMillis + " ms");
    for (BufferedReader reader : readers) {
      assertEquals("data: hello over HTTP/1.1", reader.readLine());
      assertEquals("", reader.readLine());
      try {
        assertEquals(null, reader.readLine());
      } catch (IOException cut) {
        // as good an end as any
      }
    }
    try (ServerSocket again =
        new ServerSocket(server.port(), 1, InetAddress.getByName("127.0.0.1"))) {
      assertEquals(server.port(), again.getLocalPort());
    }
  }

  @Test
  void restartsOnTheSamePort(Servers servers) throws Exception {
    EmbeddedServer first = servers.start(ServerConfig.embedded());
    assertEquals(200, get(servers.http1(), first.uri("suite/page.html")).statusCode());
    first.kill();

    EmbeddedServer second = servers.start(ServerConfig.embedded().port(first.port()));

    assertEquals(first.uri(), second.uri());
    assertEquals(200, get(servers.http1(), second.uri("suite/page.html")).statusCode());
  }

  private static BufferedReader reader(HttpResponse<InputStream> response) {
    return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  private static HttpResponse<String> get(HttpClient client, URI uri) throws Exception {
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  private static String echo(URI uri, String text) throws Exception {
    CompletableFuture<String> answer = new CompletableFuture<>();
    CompletableFuture<Integer> closed = new CompletableFuture<>();
    WebSocket socket =
        HttpClient.newHttpClient()
            .newWebSocketBuilder()
            .buildAsync(
                uri,
                new WebSocket.Listener() {
                  @Override
                  public CompletionStage<?> onText(
                      WebSocket webSocket, CharSequence data, boolean last) {
                    answer.complete(data.toString());
                    webSocket.request(1);
                    return null;
                  }

                  @Override
                  public CompletionStage<?> onClose(WebSocket webSocket, int code, String reason) {
                    closed.complete(code);
                    return null;
                  }
                })
            .get(10, TimeUnit.SECONDS);
    socket.sendText(text, true);
    String received = answer.get(10, TimeUnit.SECONDS);
    socket.sendClose(WebSocket.NORMAL_CLOSURE, "");
    assertEquals(WebSocket.NORMAL_CLOSURE, closed.get(10, TimeUnit.SECONDS));
    return received;
  }
}
