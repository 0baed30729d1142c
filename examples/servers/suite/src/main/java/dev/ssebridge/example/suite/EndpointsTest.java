package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.websocket.BridgeOptions;
import dev.ssebridge.websocket.SseBridgeInitializer;
import jakarta.servlet.ServletContext;
import jakarta.servlet.ServletContextEvent;
import jakarta.servlet.ServletContextListener;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.CloseReason;
import jakarta.websocket.DeploymentException;
import jakarta.websocket.EncodeException;
import jakarta.websocket.Encoder;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerApplicationConfig;
import jakarta.websocket.server.ServerContainer;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Which endpoints there are: what the container serves over WebSocket, the bridge serves too. */
@OnEveryServer
class EndpointsTest {
  private static final String CONTAINER = ServerContainer.class.getName();
  static final BlockingQueue<String> CALLS = new LinkedBlockingQueue<>();
  static volatile ClassLoader applications;

  /** Answers with its class. */
  @ServerEndpoint("/chosen")
  public static class Chosen {
    @OnMessage
    public String message(String text) {
      return "chosen " + text;
    }

    @OnError
    public void error(Throwable cut) {} // the end of a test is one
  }

  /** Not deployed, though it could be. */
  @ServerEndpoint("/left")
  public static class Left {
    @OnMessage
    public String message(String text) {
      return "left " + text;
    }
  }

  /** Answers with what its configuration says. */
  public static class Programmatic extends Endpoint {
    @Override
    public void onOpen(Session session, EndpointConfig config) {
      Object name = config.getUserProperties().get("name");
      session.addMessageHandler(
          String.class,
          (MessageHandler.Whole<String>)
              text -> session.getAsyncRemote().sendText(name + " " + text));
    }
  }

  private static ServerEndpointConfig programmatic(String path, String name) {
    var config = ServerEndpointConfig.Builder.create(Programmatic.class, path).build();
    config.getUserProperties().put("name", name);
    return config;
  }

  /** Deploys one class of two, and another twice. */
  public static class Decider implements ServerApplicationConfig {
    @Override
    public Set<ServerEndpointConfig> getEndpointConfigs(Set<Class<? extends Endpoint>> scanned) {
      return scanned.contains(Programmatic.class)
          ? Set.of(programmatic("/first", "one"), programmatic("/second/{n}", "two"))
          : Set.of();
    }

    @Override
    public Set<Class<?>> getAnnotatedEndpointClasses(Set<Class<?>> scanned) {
      scanned.remove(Left.class);
      return scanned;
    }
  }

  private HttpClient http;

  @BeforeEach
  void forgetEarlierTests(Servers servers) {
    CALLS.clear();
    http = servers.http1();
  }

  private static ServerConfig.Builder serving(Class<?>... endpoints) {
    return ServerConfig.embedded().endpoints(endpoints).initializer(new SseBridgeInitializer());
  }

  private static ServletContextListener onStart(ThrowingConsumer<ServletContext> action) {
    return new ServletContextListener() {
      @Override
      public void contextInitialized(ServletContextEvent event) {
        try {
          action.accept(event.getServletContext());
        } catch (Exception e) {
          throw new IllegalStateException(e);
        }
      }
    };
  }

  private interface ThrowingConsumer<T> {
    void accept(T value) throws Exception;
  }

  private static ServerContainer container(ServletContext context) {
    return (ServerContainer) context.getAttribute(CONTAINER);
  }

  private int post(URI uri, String token, String text) throws Exception {
    var request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "text/plain")
            .header("Sse-Session", token)
            .POST(HttpRequest.BodyPublishers.ofString(text));
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString()).statusCode();
  }

  private static String token(StreamClient stream) throws InterruptedException {
    String id = stream.next().lastEventId();
    return id.substring(0, id.lastIndexOf('-'));
  }

  private void answersOverBoth(Servers servers, EmbeddedServer server, String path, String name)
      throws Exception {
    StreamClient stream = servers.closing(StreamClient.open(http, server.uri(path)));
    assertEquals(200, stream.status(), path);
    assertEquals(204, post(server.uri(path), token(stream), "sse"));
    assertEquals(name + " sse", stream.next().data());
    SocketClient socket = servers.closing(new SocketClient(server.wsUri(path)));
    socket.send("ws");
    assertEquals(name + " ws", socket.next());
  }

  private void answersOverNeither(EmbeddedServer server, String path) throws Exception {
    assertEquals(404, StreamClient.open(http, server.uri(path)).status());
    assertThrows(Exception.class, () -> new SocketClient(server.wsUri(path)));
  }

  @Test
  void theApplicationsConfigDecidesForBoth(Servers servers) throws Exception {
    EmbeddedServer server =
        servers.start(serving(Chosen.class, Left.class, Programmatic.class, Decider.class));

    answersOverBoth(servers, server, "chosen", "chosen");
    answersOverBoth(servers, server, "first", "one");
    answersOverBoth(servers, server, "second/2", "two");
    answersOverNeither(server, "left");
  }

  @Test
  void whatAListenerAddsIsServedOverBoth(Servers servers) throws Exception {
    var seen = new AtomicReference<ServerContainer>();
    EmbeddedServer server =
        servers.start(
            serving()
                .listener(
                    onStart(
                        context -> {
                          seen.set(container(context));
                          container(context).addEndpoint(Chosen.class);
                          container(context).addEndpoint(programmatic("/first/{x}", "one"));
                        })));

    answersOverBoth(servers, server, "chosen", "chosen");
    answersOverBoth(servers, server, "first/1", "one");
    boolean viewed = seen.get().getClass().getName().startsWith("dev.ssebridge.");
    assertEquals(!servers.container().name().startsWith("Undertow"), viewed);
  }

  /** Adds endpoints when it is first asked. */
  private static final class Adder extends HttpServlet {
    private static final long serialVersionUID = 1;

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      try {
        container(getServletContext()).addEndpoint(programmatic("/first/{x}", "one"));
        container(getServletContext()).addEndpoint(Chosen.class);
        response.getWriter().print("added");
      } catch (Exception e) {
        response.getWriter().print("refused");
      }
    }
  }

  @Test
  void whatAServletAddsIsServedOverBoth(Servers servers) throws Exception {
    EmbeddedServer server =
        servers.start(
            ServerConfig.embedded()
                .initializer(new SseBridgeInitializer(BridgeOptions.DEFAULTS), Set.of())
                .servlet("/add", new Adder()));
    assertEquals(404, StreamClient.open(http, server.uri("first/1")).status());

    String answer =
        http.send(
                HttpRequest.newBuilder(server.uri("add")).build(),
                HttpResponse.BodyHandlers.ofString())
            .body();

    assertEquals("added", answer);
    answersOverBoth(servers, server, "first/1", "one");
    answersOverBoth(servers, server, "chosen", "chosen");
  }

  /** Two handlers for text. */
  @ServerEndpoint("/a")
  public static class TwoForText {
    @OnMessage
    public void first(String text) {}

    @OnMessage
    public void second(String text, Session session) {}
  }

  /** Two methods for one event. */
  @ServerEndpoint("/a")
  public static class TwoForOpen {
    @OnOpen
    public void first() {}

    @OnOpen
    public void second(Session session) {}
  }

  /** A parameter that nothing can fill. */
  @ServerEndpoint("/a")
  public static class BadParameter {
    @OnOpen
    public void open(Thread thread) {}
  }

  /** A message for which there is no decoder. */
  @ServerEndpoint("/a")
  public static class NoDecoder {
    @OnMessage
    public void message(Thread thread) {}
  }

  /** Parameters that do not go together. */
  @ServerEndpoint("/a")
  public static class TwoPayloads {
    @OnMessage
    public void message(String text, ByteBuffer bytes) {}
  }

  /** An error method without the error. */
  @ServerEndpoint("/a")
  public static class NoThrowable {
    @OnError
    public void error(Session session) {}
  }

  /** A variable of the path that no text can become. */
  @ServerEndpoint("/a/{b}")
  public static class BadPathParameter {
    @OnOpen
    public void open(@PathParam("b") Thread b) {}
  }

  /** A path that is no template. */
  @ServerEndpoint("/a/{b")
  public static class BadPath {}

  /** An encoder that nobody can make. */
  @ServerEndpoint(value = "/a", encoders = Unusable.class)
  public static class BadEncoder {}

  /** Has no constructor without parameters. */
  public static class Unusable implements Encoder.Text<Integer> {
    public Unusable(String needed) {}

    @Override
    public String encode(Integer object) throws EncodeException {
      return "";
    }
  }

  /** Half of a pair with equivalent paths. */
  @ServerEndpoint("/same/{a}")
  public static class SamePath {}

  /** The other half. */
  @ServerEndpoint("/same/{b}")
  public static class SamePathToo {}

  @Test
  void anInvalidEndpointDoesNotDeploy(Servers servers) {
    for (List<Class<?>> invalid :
        List.<List<Class<?>>>of(
            List.of(TwoForText.class),
            List.of(TwoForOpen.class),
            List.of(BadParameter.class),
            List.of(NoDecoder.class),
            List.of(TwoPayloads.class),
            List.of(NoThrowable.class),
            List.of(BadPathParameter.class),
            List.of(BadPath.class),
            List.of(BadEncoder.class),
            List.of(SamePath.class, SamePathToo.class))) {
      var refused =
          assertThrows(
              IllegalStateException.class,
              () -> servers.start(serving(invalid.toArray(Class<?>[]::new))),
              () -> "started with " + invalid);
      assertTrue(
          isDeploymentException(refused) || servers.container().name().startsWith("Undertow"),
          () -> invalid + ": " + refused); // Undertow has other exceptions too
    }
  }

  private static boolean isDeploymentException(Throwable thrown) {
    Deque<Throwable> all = new ArrayDeque<>(List.of(thrown));
    while (!all.isEmpty()) {
      Throwable one = all.pop();
      if (one instanceof DeploymentException) {
        return true;
      }
      if (one.getCause() != null) {
        all.push(one.getCause());
      }
      all.addAll(List.of(one.getSuppressed()));
    }
    return false;
  }

  @Test
  void aListenerThatAddsAnInvalidEndpointIsToldSo(Servers servers) throws Exception {
    if (servers.container().name().startsWith("Undertow")) {
      return; // checks itself, and tells less
    }
    EmbeddedServer server =
        servers.start(
            serving()
                .listener(
                    onStart(
                        context -> {
                          for (Class<?> invalid : List.of(TwoForText.class, BadEncoder.class)) {
                            assertThrows(
                                DeploymentException.class,
                                () -> container(context).addEndpoint(invalid));
                          }
                          container(context).addEndpoint(SamePath.class);
                          assertThrows(
                              DeploymentException.class,
                              () -> container(context).addEndpoint(SamePathToo.class));
                          CALLS.add("told");
                        })));

    assertEquals("told", CALLS.poll());
    answersOverNeither(server, "a");
  }

  /** Looks from every callback for the application's class loader. */
  @ServerEndpoint("/loader")
  public static class Loader {
    private static void note(String callback) {
      boolean right = Thread.currentThread().getContextClassLoader() == applications;
      CALLS.add(callback + (right ? "" : " with a wrong class loader"));
    }

    @OnOpen
    public void open(Session session) {
      note("open");
      session.getAsyncRemote().sendText("hello", result -> note("sent"));
    }

    @OnMessage
    public void message(String text) {
      note("message");
      throw new IllegalStateException(text);
    }

    @OnError
    public void error(Throwable failure) {
      note("error");
    }

    @OnClose
    public void close(CloseReason reason) {
      note("close " + reason.getCloseCode().getCode());
    }
  }

  @Test
  void everyCallbackHasTheApplicationsClassLoader(Servers servers) throws Exception {
    EmbeddedServer server =
        servers.start(
            serving(Loader.class)
                .parameter("dev.ssebridge.lease", "PT0.2S")
                .parameter("dev.ssebridge.heartbeat", "PT0.2S")
                .listener(onStart(context -> applications = context.getClassLoader())));

    StreamClient stream = servers.closing(StreamClient.open(http, server.uri("loader")));
    String token = token(stream);
    assertEquals("open", CALLS.poll(20, TimeUnit.SECONDS));
    assertEquals("sent", CALLS.poll(20, TimeUnit.SECONDS));
    assertEquals(204, post(server.uri("loader"), token, "x"));
    assertEquals("message", CALLS.poll(20, TimeUnit.SECONDS));
    assertEquals("error", CALLS.poll(20, TimeUnit.SECONDS));
    stream.close();
    assertEquals("close 1006", CALLS.poll(20, TimeUnit.SECONDS), "on a thread of ours");
  }

  @Test
  void aParameterLeavesTheApplicationAsItWas(Servers servers) throws Exception {
    EmbeddedServer server =
        servers.start(
            serving(Chosen.class)
                .parameter("dev.ssebridge.enabled", "false")
                .listener(
                    onStart(
                        context ->
                            assertFalse(
                                container(context)
                                    .getClass()
                                    .getName()
                                    .startsWith("dev.ssebridge.")))));

    assertNotEquals(200, StreamClient.open(http, server.uri("chosen")).status());
    SocketClient socket = servers.closing(new SocketClient(server.wsUri("chosen")));
    socket.send("x");
    assertEquals("chosen x", socket.next());
  }
}
