package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.websocket.BridgeMode;
import dev.ssebridge.websocket.SseBridge;
import dev.ssebridge.websocket.SseBridgeInitializer;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.CloseReason;
import jakarta.websocket.DecodeException;
import jakarta.websocket.Decoder;
import jakarta.websocket.Encoder;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerApplicationConfig;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One room, two transports: native sessions live beside those over Server-Sent Events. */
@OnEveryServer
class RoomTest {
  static final BlockingQueue<String> CALLS = new LinkedBlockingQueue<>();

  /** One at a time: Tomcat's sessions do not take two messages at once. */
  private static synchronized void broadcast(Session from, String text) {
    for (Session session : from.getOpenSessions()) {
      try {
        session.getBasicRemote().sendText(text);
      } catch (IOException left) {
        // and will hear of it
      }
    }
  }

  /** Knows its clients only by {@code getOpenSessions()}. */
  @ServerEndpoint("/rooms/{room}")
  public static class Annotated {
    @OnMessage
    public void message(Session session, String text, @PathParam("room") String room) {
      broadcast(session, room + ": " + text);
    }

    @OnClose
    public void close(Session session, CloseReason reason) {
      CALLS.add("close " + reason.getCloseCode().getCode());
    }

    @OnError
    public void error(Throwable cut) {} // the end of a test is one
  }

  /** The same without annotations. */
  public static class Programmatic extends Endpoint {
    @Override
    public void onOpen(Session session, EndpointConfig config) {
      String room = session.getPathParameters().get("room");
      session.addMessageHandler(
          String.class,
          (MessageHandler.Whole<String>) text -> broadcast(session, room + ": " + text));
    }

    @Override
    public void onClose(Session session, CloseReason reason) {
      CALLS.add("close " + reason.getCloseCode().getCode());
    }
  }

  /** Deploys {@link Programmatic}. */
  public static class Decider implements ServerApplicationConfig {
    @Override
    public Set<ServerEndpointConfig> getEndpointConfigs(Set<Class<? extends Endpoint>> classes) {
      return classes.contains(Programmatic.class)
          ? Set.of(ServerEndpointConfig.Builder.create(Programmatic.class, "/rooms/{room}").build())
          : Set.of();
    }

    @Override
    public Set<Class<?>> getAnnotatedEndpointClasses(Set<Class<?>> scanned) {
      return Set.of();
    }
  }

  private final AtomicReference<SseBridge> bridge = new AtomicReference<>();
  private HttpClient http;

  @BeforeEach
  void forgetEarlierTests(Servers servers) {
    CALLS.clear();
    Asked.CALLS.clear();
    http = servers.http1();
  }

  private ServerConfig.Builder serving(Class<?>... endpoints) {
    return ServerConfig.embedded()
        .endpoints(endpoints)
        .initializer(new SseBridgeInitializer())
        .initializer((classes, context) -> bridge.set(SseBridge.of(context)));
  }

  private void post(URI uri, String token, String text) throws Exception {
    var request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "text/plain")
            .header("Sse-Session", token)
            .POST(HttpRequest.BodyPublishers.ofString(text));
    var answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    assertEquals(204, answer.statusCode(), answer.body());
  }

  private static String token(StreamClient stream) throws InterruptedException {
    String id = stream.next().lastEventId();
    return id.substring(0, id.lastIndexOf('-'));
  }

  @Test
  void aBroadcastReachesBothTransportsWhicheverSideItCameFrom(Servers servers) throws Exception {
    bothTransportsHear(servers, servers.start(serving(Annotated.class)));
  }

  @Test
  void aProgrammaticEndpointsBroadcastReachesBothToo(Servers servers) throws Exception {
    bothTransportsHear(servers, servers.start(serving(Programmatic.class, Decider.class)));
  }

  private void bothTransportsHear(Servers servers, EmbeddedServer server) throws Exception {
    StreamClient stream = servers.closing(StreamClient.open(http, server.uri("rooms/a")));
    String token = token(stream);
    SocketClient socket = servers.closing(new SocketClient(server.wsUri("rooms/b")));

    socket.send("from the socket");
    assertEquals("b: from the socket", socket.next());
    assertEquals("b: from the socket", stream.next().data());

    post(server.uri("rooms/a"), token, "from the stream");
    assertEquals("a: from the stream", stream.next().data());
    assertEquals("a: from the stream", socket.next());

    socket.close(4001);
    assertEquals("close 4001", CALLS.poll(20, TimeUnit.SECONDS));
    post(server.uri("rooms/a"), token, "alone");
    assertEquals("a: alone", stream.next().data());
  }

  /** Takes down who asked it what, and what it saw. */
  public static class Asked extends ServerEndpointConfig.Configurator {
    static final List<String> CALLS = new CopyOnWriteArrayList<>();

    @Override
    public <T> T getEndpointInstance(Class<T> type) throws InstantiationException {
      CALLS.add("instance " + type.getSimpleName());
      return super.getEndpointInstance(type);
    }

    @Override
    public boolean checkOrigin(String origin) {
      CALLS.add("origin " + origin);
      return !"http://evil.example".equals(origin);
    }

    @Override
    public String getNegotiatedSubprotocol(List<String> supported, List<String> requested) {
      CALLS.add("subprotocol " + requested);
      return super.getNegotiatedSubprotocol(supported, requested);
    }

    @Override
    public void modifyHandshake(
        ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
      CALLS.add("modify " + config.getEndpointClass().getSimpleName());
      config.getUserProperties().put("seen", request.getHeaders().get("X-Who").get(0));
      response.getHeaders().put("X-Answer", List.of("yes"));
    }
  }

  /** Tells what its session says. */
  @ServerEndpoint(
      value = "/asked/{name}",
      configurator = Asked.class,
      subprotocols = {"one", "two"})
  public static class Telling {
    private Session own;

    @OnOpen
    public void open(Session session, EndpointConfig config) throws IOException {
      own = session;
      session.getUserProperties().put("later", "added");
      // Not getAsyncRemote(): on Tomcat that may still be writing when the client has the text and
      // answers, and a second send then fails (TEXT_FULL_WRITING) and closes the session.
      session
          .getBasicRemote()
          .sendText(
              session.getUserProperties().get("seen")
                  + " "
                  + config.getUserProperties().get("seen")
                  + " "
                  + session.getNegotiatedSubprotocol()
                  + " "
                  + session.getPathParameters()
                  + " "
                  + session.getQueryString()
                  + " "
                  + session.getRequestURI().getPath()
                  + " "
                  + session.isOpen()
                  + " "
                  + (config instanceof ServerEndpointConfig server
                      ? server.getEndpointClass().getSimpleName()
                      : config));
    }

    @OnMessage
    public String message(Session session, String text) {
      return text
          + " "
          + (session == own)
          + " "
          + session.getOpenSessions().contains(session)
          + " "
          + session.getUserProperties().get("later");
    }

    @OnError
    public void error(Throwable cut) {} // the end of a test is one
  }

  @Test
  void theConfiguratorIsAskedOnceAndWhatItSaysReachesTheSession(Servers servers) throws Exception {
    for (String mode : List.of("sse", "room")) {
      Asked.CALLS.clear();
      EmbeddedServer server =
          servers.start(serving(Telling.class).parameter("dev.ssebridge.mode", mode));
      SocketClient socket =
          servers.closing(
              new SocketClient(
                  server.wsUri("asked/me?a=b"),
                  "X-Who",
                  "tester",
                  "Sec-WebSocket-Protocol",
                  "two"));

      String told = socket.next();
      // Undertow forgets the properties of a handshake; in the room they are there.
      if (mode.equals("room")) {
        assertEquals("tester tester two {name=me} a=b /asked/me true Telling", told);
      }
      assertEquals("two", socket.socket().getSubprotocol());
      socket.send("hello");
      assertEquals("hello true true added", socket.next());
      assertEquals(
          List.of("instance Telling", "modify Telling", "origin null", "subprotocol [two]"),
          List.copyOf(new TreeSet<>(Asked.CALLS)),
          mode);
      if (mode.equals("room")) {
        assertEquals(4, Asked.CALLS.size(), () -> "once each: " + Asked.CALLS);
      }
    }
  }

  /** A value with a coder of its own. */
  public record Point(int x, int y) {}

  /** Points as text. */
  public static class PointCoder implements Encoder.Text<Point>, Decoder.Text<Point> {
    @Override
    public String encode(Point point) {
      return point.x() + "," + point.y();
    }

    @Override
    public Point decode(String text) throws DecodeException {
      if (!text.matches("\\d+,\\d+")) {
        throw new DecodeException(text, "no point");
      }
      String[] parts = text.split(",");
      return new Point(Integer.parseInt(parts[0]), Integer.parseInt(parts[1]));
    }

    @Override
    public boolean willDecode(String text) {
      return true;
    }

    @Override
    public void init(EndpointConfig config) {}

    @Override
    public void destroy() {}
  }

  /** Every kind of message there is. */
  @ServerEndpoint(value = "/kinds", encoders = PointCoder.class, decoders = PointCoder.class)
  public static class Kinds {
    @OnMessage
    public Point point(Point point) {
      return new Point(point.y(), point.x());
    }

    @OnMessage(maxMessageSize = 10)
    public ByteBuffer bytes(ByteBuffer bytes) {
      return bytes;
    }

    @OnMessage
    public void pong(Session session, PongMessage pong) throws IOException {
      session
          .getBasicRemote()
          .sendText("pong " + StandardCharsets.ISO_8859_1.decode(pong.getApplicationData()));
    }

    @OnClose
    public void close(CloseReason reason) {
      CALLS.add("close " + reason.getCloseCode().getCode());
    }

    @OnError
    public void error(Throwable error) {
      CALLS.add("error " + error.getClass().getSimpleName());
    }
  }

  /** Text by parts. */
  @ServerEndpoint("/parts")
  public static class Parts {
    private final List<String> parts = new ArrayList<>();

    @OnMessage
    public void part(Session session, String part, boolean last) throws IOException {
      parts.add(part);
      if (last) {
        session.getBasicRemote().sendText("one of", false);
        session.getBasicRemote().sendText(" two: " + String.join("", parts), true);
        session.close(new CloseReason(CloseReason.CloseCodes.getCloseCode(4002), "enough"));
      }
    }
  }

  @Test
  void nativeMessagesOfEveryKindAreAsTheyWere(Servers servers) throws Exception {
    List<List<String>> transcripts = new ArrayList<>();
    for (String mode : List.of("sse", "room")) {
      CALLS.clear();
      EmbeddedServer server =
          servers.start(serving(Kinds.class, Parts.class).parameter("dev.ssebridge.mode", mode));
      List<String> transcript = new ArrayList<>();
      transcripts.add(transcript);

      SocketClient socket = servers.closing(new SocketClient(server.wsUri("kinds")));
      socket.send("1,2");
      transcript.add(socket.next());
      socket.send(new byte[] {'a', 'b'});
      transcript.add(socket.next());
      socket.ping("hi");
      transcript.add(socket.next());
      socket.pong("p");
      transcript.add(socket.next());
      socket.close(4001);
      transcript.add(CALLS.poll(20, TimeUnit.SECONDS));

      SocketClient unreadable = servers.closing(new SocketClient(server.wsUri("kinds")));
      unreadable.send("not a point");
      transcript.add(CALLS.poll(20, TimeUnit.SECONDS));
      unreadable.close();
      awaitClose();

      SocketClient parts = servers.closing(new SocketClient(server.wsUri("parts")));
      parts.sendPart("a", false);
      parts.sendPart("b", true);
      transcript.add(parts.next());
      transcript.add(parts.next());

      SocketClient large = servers.closing(new SocketClient(server.wsUri("kinds")));
      large.send(new byte[11]);
      transcript.add(large.next());
      awaitClose(); // what comes late must not be taken for the next mode's
    }
    assertEquals(transcripts.get(0), transcripts.get(1));
    assertEquals(
        List.of("2,1", "binary ab", "pong hi", "pong p", "close 4001"),
        transcripts.get(1).subList(0, 5));
    assertEquals(
        List.of("one of two: ab", "close 4002", "close 1009"), transcripts.get(1).subList(6, 9));
  }

  private static void awaitClose() throws InterruptedException {
    String call;
    do {
      call = CALLS.poll(20, TimeUnit.SECONDS);
      assertNotNull(call, "no @OnClose");
    } while (!call.startsWith("close"));
  }

  @Test
  void aSwitchChangesWhatComesNextAndNothingThatIsOpen(Servers servers) throws Exception {
    EmbeddedServer server = servers.start(serving(Annotated.class));
    StreamClient stream = servers.closing(StreamClient.open(http, server.uri("rooms/a")));
    String token = token(stream);
    SocketClient inRoom = servers.closing(new SocketClient(server.wsUri("rooms/a")));
    inRoom.send("1");
    assertEquals("a: 1", inRoom.next());
    assertEquals("a: 1", stream.next().data());

    bridge.get().switchTo("/rooms/{any}", BridgeMode.SSE);

    SocketClient outside = servers.closing(new SocketClient(server.wsUri("rooms/a")));
    outside.send("2");
    assertEquals("a: 2", outside.next());
    inRoom.send("3");
    assertEquals("a: 3", nextBut(inRoom, "a: 2"));
    assertEquals("a: 3", stream.next().data(), "and not 2, which was the container's own");

    bridge.get().switchTo("/rooms/{any}", BridgeMode.OFF);

    assertNotEquals(200, StreamClient.open(http, server.uri("rooms/a")).status());
    post(server.uri("rooms/a"), token, "4");
    assertEquals("a: 4", stream.next().data());
    assertEquals("a: 4", nextBut(inRoom, "a: 2"));
    stream.close();
    StreamClient resumed =
        servers.closing(
            StreamClient.open(http, server.uri("rooms/a"), "Last-Event-ID", stream.lastEventId()));
    assertTrue(resumed.next().data().contains("\"resumed\":true"));

    bridge.get().switchTo("/rooms/{any}", BridgeMode.ROOM);

    SocketClient again = servers.closing(new SocketClient(server.wsUri("rooms/a")));
    again.send("5");
    assertEquals("a: 5", resumed.next().data());
  }

  /** Some containers' own rooms know every native session. */
  private static String nextBut(SocketClient socket, String heardOrNot)
      throws InterruptedException {
    String next = socket.next();
    return next.equals(heardOrNot) ? socket.next() : next;
  }

  @Test
  void aModeMayComeFromAParameterOfTheContextForOneEndpoint(Servers servers) throws Exception {
    EmbeddedServer server =
        servers.start(
            serving(Annotated.class, Telling.class)
                .parameter("dev.ssebridge.endpointModes", "/rooms/{room}=off"));

    assertNotEquals(200, StreamClient.open(http, server.uri("rooms/a")).status());
    SocketClient socket = servers.closing(new SocketClient(server.wsUri("rooms/a")));
    socket.send("x");
    assertEquals("a: x", socket.next());
    StreamClient other =
        servers.closing(StreamClient.open(http, server.uri("asked/me"), "X-Who", "tester"));
    assertEquals(200, other.status());
  }

  @Test
  void aHandshakeIsRefusedAsTheContainerRefusesIt(Servers servers) throws Exception {
    List<String> answers = new ArrayList<>();
    for (String mode : List.of("sse", "room")) {
      EmbeddedServer server =
          servers.start(serving(Telling.class).parameter("dev.ssebridge.mode", mode));
      List<Integer> statuses = new ArrayList<>();
      String[][] changes = {
        {"Origin", "http://evil.example"},
        {"Sec-WebSocket-Version", "12"},
        {"Sec-WebSocket-Key", null},
        {"X-Who", "tester"}
      };
      for (String[] change : changes) {
        statuses.add(handshake(server, change[0], change[1]));
      }
      answers.add(statuses.toString());
    }
    assertEquals(answers.get(0), answers.get(1));
    assertTrue(answers.get(0).matches("\\[4.., 4.., 4.., 101]"), answers.get(0));
  }

  /** The status of a handshake with one header other than it should be. */
  private static int handshake(EmbeddedServer server, String header, String value)
      throws IOException {
    try (var socket = new java.net.Socket(server.uri().getHost(), server.port())) {
      socket.setSoTimeout(20_000);
      var headers = new java.util.LinkedHashMap<String, String>();
      headers.put("Host", server.uri().getAuthority());
      headers.put("Connection", "Upgrade");
      headers.put("Upgrade", "websocket");
      headers.put("Sec-WebSocket-Version", "13");
      headers.put("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
      headers.put("X-Who", "tester");
      if (value == null) {
        headers.remove(header);
      } else {
        headers.put(header, value);
      }
      var head = new StringBuilder("GET /asked/me HTTP/1.1\r\n");
      headers.forEach((name, each) -> head.append(name + ": " + each + "\r\n"));
      socket.getOutputStream().write((head + "\r\n").getBytes(StandardCharsets.US_ASCII));
      byte[] status = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
      return Integer.parseInt(new String(status, 9, 3, StandardCharsets.US_ASCII));
    }
  }

  /** Lets nobody pass who does not know the word. */
  static final class Guard extends HttpFilter {
    private static final long serialVersionUID = 1;

    @Override
    protected void doFilter(
        HttpServletRequest request, HttpServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      if ("sesame".equals(request.getHeader("X-Word"))) {
        chain.doFilter(request, response);
      } else {
        response.setStatus(401);
      }
    }
  }

  @Test
  void aFilterOfTheApplicationGuardsBothTransports(Servers servers) throws Exception {
    EmbeddedServer server = servers.start(serving(Annotated.class).filter("/*", new Guard()));

    assertEquals(401, StreamClient.open(http, server.uri("rooms/a")).status());
    StreamClient stream =
        servers.closing(StreamClient.open(http, server.uri("rooms/a"), "X-Word", "sesame"));
    assertEquals(200, stream.status());
    SocketClient socket =
        servers.closing(new SocketClient(server.wsUri("rooms/a"), "X-Word", "sesame"));
    socket.send("in");
    assertEquals("a: in", socket.next());
    if (!servers.container().name().startsWith("Jetty")) { // upgrades come before filters there
      var refused =
          org.junit.jupiter.api.Assertions.assertThrows(
              Exception.class, () -> new SocketClient(server.wsUri("rooms/a")));
      assertNotNull(refused.getCause());
    }
  }

  @Test
  void theEndOfTheApplicationClosesNativeSessionsToo(Servers servers) throws Exception {
    EmbeddedServer server = servers.start(serving(Annotated.class));
    SocketClient socket = servers.closing(new SocketClient(server.wsUri("rooms/a")));
    socket.send("there");
    assertEquals("a: there", socket.next());

    server.close();

    String last = socket.next();
    assertTrue(last.equals("close 1001") || last.equals("cut") || last.equals("close 1006"), last);
    String code = CALLS.poll(20, TimeUnit.SECONDS);
    assertTrue(Set.of("close 1001", "close 1006").contains(String.valueOf(code)), code);
  }
}
