package dev.ssebridge.example.suite;

import static dev.ssebridge.example.suite.ProtocolClient.BATCH;
import static dev.ssebridge.example.suite.ProtocolClient.token;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.testkit.RawHttpClient;
import dev.ssebridge.testkit.RawStream;
import dev.ssebridge.websocket.SseBridgeInitializer;
import jakarta.servlet.Filter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.CloseReason;
import jakarta.websocket.HandshakeResponse;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.HandshakeRequest;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.security.Principal;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Sessions as docs/protocol.md §3.1, 3.2 and 3.5 promise them: how they open, go on and end. */
@OnEveryServer
class SessionProtocolTest {
  /** Does what it is told. */
  @ServerEndpoint("/room/{name}")
  public static class Room {
    static final Map<String, Session> SESSIONS = new ConcurrentHashMap<>();
    static final BlockingQueue<String> CALLS = new LinkedBlockingQueue<>();

    @OnOpen
    public void open(Session session, @PathParam("name") String name) throws IOException {
      SESSIONS.put(name, session);
      Principal user = session.getUserPrincipal();
      CALLS.add(
          "open %s %s %s"
              .formatted(
                  name, user == null ? "-" : user.getName(), session.getRequestParameterMap()));
      if (name.equals("burst")) {
        for (int i = 1; i <= BURST; i++) {
          session.getBasicRemote().sendText("m" + i);
        }
      }
      if (name.equals("idle")) {
        session.setMaxIdleTimeout(100);
      }
    }

    @OnMessage
    public void message(Session session, String text) throws IOException {
      if (text.equals("fail")) {
        throw new IllegalStateException("told to");
      }
      session.getBasicRemote().sendText("echo " + text);
    }

    @OnError
    public void error(Throwable failure) {
      CALLS.add("error " + failure.getMessage());
    }

    @OnClose
    public void close(@PathParam("name") String name, CloseReason reason) {
      CALLS.add("close " + name + " " + reason.getCloseCode().getCode());
    }
  }

  /** Lets in nobody but its friend. */
  @ServerEndpoint(value = "/picky", configurator = Picky.Friends.class)
  public static class Picky {
    public static class Friends extends ServerEndpointConfig.Configurator {
      @Override
      public boolean checkOrigin(String origin) {
        return origin == null || origin.equals("http://friend.example");
      }
    }

    @OnMessage
    public String message(String text) {
      return text;
    }
  }

  /** Fails before it is open. */
  @ServerEndpoint(value = "/broken", configurator = Broken.Failing.class)
  public static class Broken {
    public static class Failing extends ServerEndpointConfig.Configurator {
      @Override
      public void modifyHandshake(
          ServerEndpointConfig config, HandshakeRequest request, HandshakeResponse response) {
        throw new IllegalStateException("the configurator has failed");
      }
    }
  }

  private static final int BURST = 30_000; // more than a log keeps
  private static final String ROOM = "room/a";

  @BeforeEach
  void forgetEarlierTests() {
    Room.SESSIONS.clear();
    Room.CALLS.clear();
  }

  private static ProtocolClient start(Servers servers, String... parameters) {
    return start(servers, config(parameters));
  }

  private static ProtocolClient start(Servers servers, ServerConfig.Builder config) {
    return new ProtocolClient(servers, servers.start(config));
  }

  private static ServerConfig.Builder config(String... parameters) {
    var config =
        ServerConfig.embedded()
            .endpoints(Room.class, Picky.class, Broken.class)
            .initializer(new SseBridgeInitializer());
    for (int i = 0; i < parameters.length; i += 2) {
      config.parameter("dev.ssebridge." + parameters[i], parameters[i + 1]);
    }
    return config;
  }

  private static void assertCalled(String call) throws InterruptedException {
    assertEquals(call, Room.CALLS.poll(20, TimeUnit.SECONDS));
  }

  private static void assertLost(StreamClient stream, String formerToken) throws Exception {
    Event open = stream.next();
    assertNotEquals(formerToken, token(open));
    assertTrue(open.data().contains("\"lost\":true"), open.data());
  }

  // Opening

  @Test
  void aStreamHasToBeAskedForByName(Servers servers) throws Exception {
    ProtocolClient client = start(servers);
    for (String accept : List.of("*/*", "text/*", "text/html", "text/event-stream;q=0", "")) {
      assertEquals(404, client.stream(ROOM, "Accept", accept).status(), accept);
    }
    for (String accept : List.of("text/html, text/event-stream;q=0.5", "TEXT/Event-Stream")) {
      assertEquals(200, client.stream(ROOM, "Accept", accept).status(), accept);
    }
  }

  /** The JDK's HTTP client asks so for HTTP/2 in the clear, unless told not to. */
  @Test
  void anUpgradeToAnotherProtocolIsNoWebSocket(Servers servers) throws Exception {
    ProtocolClient client = start(servers);
    RawStream stream =
        servers.closing(
            RawHttpClient.to(client.uri(""))
                .get(
                    "/room/a",
                    "Accept: text/event-stream",
                    "Connection: Upgrade, HTTP2-Settings",
                    "Upgrade: h2c",
                    "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA"));
    assertEquals(200, stream.status());
    stream.readThrough("event: ws.open\n", Duration.ofSeconds(20));
  }

  @Test
  void theFirstBlockSaysWhatAClientNeeds(Servers servers) throws Exception {
    ProtocolClient client = start(servers, "heartbeat", "PT7S", "maxMessageBytes", "1234");
    RawStream stream =
        servers.closing(
            RawHttpClient.to(client.uri("")).get("/room/a", "Accept: text/event-stream"));
    String block = stream.readThrough("\n\n", Duration.ofSeconds(20));
    Matcher form =
        Pattern.compile(
                "retry: (\\d+)\n:\nid: ([A-Za-z0-9_-]{22})-0\nevent: ws.open\ndata:"
                    + " \\{\"session\":\"([^\"]+)\",\"protocol\":\"\",\"extensions\":\"\","
                    + "\"maxMessage\":1234,\"maxBatch\":4194304,\"heartbeat\":7000,\"lease\":30000,"
                    + "\"routes\":\\[\\],\"share\":true\\}\n\n")
            .matcher(block);
    assertTrue(form.matches(), block);
    assertEquals(form.group(2), form.group(3));
    int retry = Integer.parseInt(form.group(1));
    assertTrue(retry >= 800 && retry <= 1200, "jittered: " + retry);
  }

  @Test
  void aHandshakeThatFailsIsALineOfText(Servers servers) throws Exception {
    ProtocolClient client = start(servers);
    HttpResponse<String> answer = client.request("GET", "broken", "Accept", BATCH);
    assertEquals(500, answer.statusCode());
    assertEquals("the endpoint has failed\n", answer.body());
  }

  // Cursors

  @Test
  void theCursorIsReadWhereClientsCanPutIt(Servers servers) throws Exception {
    ProtocolClient client = start(servers);
    StreamClient first = client.stream(ROOM);
    String token = token(first.next());
    for (String text : List.of("one", "two", "three")) {
      client.post(ROOM, token, "text/plain", text);
      first.next();
    }
    String query = "room/a?lastEventId=" + token + "-3&sse-cursor=" + token;
    for (StreamClient resumed :
        List.of(
            client.stream(ROOM, "Last-Event-ID", token + "-2"),
            client.stream("room/a?sse-cursor=" + token + "-2"),
            client.stream("room/a?lastEventId=" + token + "-2"),
            client.stream(query + "-2"),
            client.stream(query + "-1", "Last-Event-ID", token + "-2"))) {
      Event open = resumed.next();
      assertTrue(open.data().contains("\"resumed\":true"), open.data());
      assertEquals(token + "-2", open.lastEventId());
    }
    assertEquals("open a - {name=[a]}", Room.CALLS.take());
    assertEquals(List.of(), List.copyOf(Room.CALLS));
  }

  @Test
  void parametersOfTheEndpointAreLeftToIt(Servers servers) throws Exception {
    ProtocolClient client = start(servers);
    Event open = client.stream("room/a?lastEventId=order-5&sse-heartbeat=event&x=1").next();
    assertFalse(open.data().contains("lost"), open.data());
    assertCalled("open a - {lastEventId=[order-5], x=[1], name=[a]}");
  }

  @Test
  void aCursorThatCannotBeContinuedOpensANewSession(Servers servers) throws Exception {
    ProtocolClient client = start(servers, "logMessages", "4");
    StreamClient stream = client.stream(ROOM);
    String token = token(stream.next());
    for (int i = 1; i <= 10; i++) {
      client.post(ROOM, token, "text/plain", "m" + i);
      stream.next();
    }
    for (String cursor : List.of(token + "-1", token + "-11", "A".repeat(22) + "-0", "-")) {
      assertLost(client.stream(ROOM, "Last-Event-ID", cursor), token);
      assertEquals(
          410, client.stream(ROOM, "Sse-Session", token, "Last-Event-ID", cursor).status(), cursor);
    }
    assertTrue(client.stream(ROOM, "Last-Event-ID", token + "-8").next().data().contains("resum"));
  }

  @Test
  void aNamedSessionWithoutACursorIsReadFromItsBeginning(Servers servers) throws Exception {
    ProtocolClient client = start(servers);
    StreamClient first = client.stream(ROOM);
    String token = token(first.next());
    client.post(ROOM, token, "text/plain", "one");
    first.next();

    StreamClient again = client.stream(ROOM, "Sse-Session", token);

    assertEquals(token + "-0", again.next().lastEventId());
    assertEquals("echo one", again.next().data());
  }

  @Test
  void whoHasSeenTheEndIsToldNotToComeBackForEver(Servers servers) throws Exception {
    ProtocolClient client = start(servers, "lease", "PT0.3S");
    StreamClient stream = client.stream(ROOM);
    String token = token(stream.next());
    client.post(ROOM, token, "text/plain", "one");
    stream.next();
    assertEquals(204, client.request("DELETE", ROOM, "Sse-Session", token).statusCode());
    Event close = stream.next();
    assertEquals("ws.close", close.type());
    assertEquals(token + "-2", close.lastEventId());
    assertEquals(204, client.stream(ROOM, "Last-Event-ID", token + "-2").status());

    client.awaitGone(ROOM, token);

    assertEquals(204, client.stream(ROOM, "Last-Event-ID", token + "-2").status());
    assertEquals(
        204, client.stream(ROOM, "Sse-Session", token, "Last-Event-ID", token + "-2").status());
    assertLost(client.stream(ROOM, "Last-Event-ID", token + "-1"), token);
  }

  // Bounds

  @Test
  void whileAClientIsAwaySendsDoNotWaitAndTooManyCloseTheSession(Servers servers) throws Exception {
    ProtocolClient client = start(servers, "logMessages", "100", "heartbeat", "PT0.1S");
    StreamClient stream = client.stream(ROOM);
    stream.next();
    assertCalled("open a - {name=[a]}");
    stream.close();

    Session session = Room.SESSIONS.get("a");
    long start = System.nanoTime();
    try {
      while (true) { // those that were written before the connection was found broken make room
        session.getBasicRemote().sendText("m");
        Thread.yield();
      }
    } catch (IOException | IllegalStateException full) {
      assertFalse(session.isOpen());
    }
    long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start);
    assertTrue(millis < 15_000, "no send timeout, no lease: " + millis + " ms");
    assertCalled("close a 1006");
  }

  /** A loop that sends faster than one thread writes: 8,193 small messages closed the session. */
  @Test
  void aBurstOfSmallMessagesIsHeldBackAndNotCutOff(Servers servers) throws Exception {
    ProtocolClient client = start(servers);
    StreamClient stream = client.stream("room/burst");
    stream.next();
    for (int i = 1; i <= BURST; i++) {
      assertEquals("m" + i, stream.next().data());
    }
  }

  @Test
  void anIdleSessionIsClosed(Servers servers) throws Exception {
    ProtocolClient client = start(servers, "lease", "PT0.4S"); // looked at every 0.1 s
    StreamClient stream = client.stream("room/idle");
    stream.next();
    assertTrue(stream.next().data().contains("1001"));
    assertCalled("open idle - {name=[idle]}");
    assertCalled("close idle 1001");
  }

  @Test
  void oneSessionTooManyIsToldToComeBackLater(Servers servers) throws Exception {
    for (var limit :
        Map.of(
                "maxSessions", "too many sessions",
                "maxSessionsPerEndpoint", "too many sessions of this endpoint",
                "maxSessionsPerPrincipal", "too many sessions of this user",
                "maxSessionsPerAddress", "too many sessions from this address")
            .entrySet()) {
      String[] ann = {"X-User", "ann"};
      ProtocolClient client =
          start(
              servers,
              config(limit.getKey(), "2", "lease", "PT0.2S").filter("/*", authentication()));
      StreamClient first = client.stream("room/a", ann);
      String token = token(first.next());
      client.stream("room/b", ann).next();

      StreamClient third = client.stream("room/c", ann);

      assertEquals(200, third.status(), "an EventSource goes on trying");
      assertEquals(limit.getValue(), third.comment().strip());
      third.assertEnd();
      if (limit.getKey().endsWith("Endpoint")) {
        assertEquals("ws.open", client.stream("picky", ann).next().type());
      } else if (limit.getKey().endsWith("Principal")) {
        assertEquals("ws.open", client.stream("room/c", "X-User", "bob").next().type());
      }
      client.request("DELETE", "room/a", "Sse-Session", token, "X-User", "ann");
      client.awaitGone("room/a", token, ann);
      assertEquals("ws.open", client.stream("room/d", ann).next().type(), limit.getKey());
    }
  }

  // Users, pages, origins

  /** As an application's own: a filter that wraps the request. */
  private static Filter authentication() {
    return (request, response, chain) -> {
      String user = ((HttpServletRequest) request).getHeader("X-User");
      if (user == null) {
        ((HttpServletResponse) response).sendError(401);
        return;
      }
      chain.doFilter(
          new HttpServletRequestWrapper((HttpServletRequest) request) {
            @Override
            public Principal getUserPrincipal() {
              return () -> user;
            }
          },
          response);
    };
  }

  @Test
  void filtersThatAuthenticateSeeEveryRequestButThePreflight(Servers servers) throws Exception {
    ProtocolClient client = start(servers, config().filter("/*", authentication()));
    StreamClient stream = client.stream(ROOM, "X-User", "ann");
    String token = token(stream.next());
    assertCalled("open a ann {name=[a]}");

    assertEquals(401, client.stream(ROOM).status());
    assertEquals(401, client.stream(ROOM, "Last-Event-ID", token + "-0").status());
    assertEquals(401, client.post(ROOM, token, "text/plain", "hi").statusCode());
    assertEquals(401, client.request("DELETE", ROOM, "Sse-Session", token).statusCode());
    assertEquals(
        204,
        client
            .request(
                "OPTIONS",
                ROOM,
                "Origin",
                "http://page.example",
                "Access-Control-Request-Method",
                "POST")
            .statusCode());
  }

  @Test
  void anotherUserCannotReadFeedOrCloseASession(Servers servers) throws Exception {
    ProtocolClient client = start(servers, config().filter("/*", authentication()));
    String[] bob = {"X-User", "bob"};
    StreamClient stream = client.stream(ROOM, "X-User", "ann");
    String token = token(stream.next());

    assertEquals(403, client.post(ROOM, token, "text/plain", "hi", bob).statusCode());
    assertEquals(
        403, client.request("DELETE", ROOM, "Sse-Session", token, "X-User", "bob").statusCode());
    assertEquals(403, client.stream(ROOM, "Sse-Session", token, "X-User", "bob").status());
    assertLost(client.stream(ROOM, "Last-Event-ID", token + "-0", "X-User", "bob"), token);

    assertEquals(204, client.post(ROOM, token, "text/plain", "1", "X-User", "ann").statusCode());
    assertEquals("echo 1", stream.next().data());
  }

  @Test
  void aPageOfAnotherOriginCannotFeedOrCloseASession(Servers servers) throws Exception {
    ProtocolClient client = start(servers);
    String own = "http://127.0.0.1:" + client.uri("").getPort();
    StreamClient stream = client.stream(ROOM, "Sec-Fetch-Site", "same-origin");
    String token = token(stream.next());
    String form = "room/a?sse-session=" + token; // what a form can send: no header of ours
    for (String[] page :
        List.of(
            new String[] {"Origin", "http://evil.example"},
            new String[] {"Origin", "null"},
            new String[] {"Sec-Fetch-Site", "cross-site"},
            new String[] {"Sec-Fetch-Site", "same-site"})) {
      String[] typed = {page[0], page[1], "Content-Type", "text/plain"};
      assertEquals(403, client.request("POST", form, typed).statusCode(), page[1]);
      assertEquals(403, client.post(ROOM, token, "text/plain", "hi", page).statusCode(), page[1]);
      assertEquals(403, client.request("DELETE", form, page).statusCode(), page[1]);
      assertEquals(403, client.stream(form, page).status(), page[1]);
    }
    for (String[] page :
        List.of(
            new String[] {"Origin", own},
            new String[] {"Sec-Fetch-Site", "same-origin"},
            new String[] {"Sec-Fetch-Site", "none"})) {
      assertEquals(204, client.post(ROOM, token, "text/plain", "hi", page).statusCode(), page[1]);
      assertEquals("echo hi", stream.next().data());
    }
  }

  @Test
  void theEndpointDecidesWhichOriginsItServes(Servers servers) throws Exception {
    ProtocolClient client = start(servers);
    String[] friend = {"Origin", "http://friend.example"};
    String[] evil = {"Origin", "http://evil.example"};
    String ask = "Access-Control-Request-Method";

    assertEquals(403, client.stream("picky", evil).status());
    assertEquals(403, client.stream("picky", "Sec-Fetch-Site", "cross-site").status());
    assertEquals(
        403, client.request("OPTIONS", "picky", evil[0], evil[1], ask, "POST").statusCode());
    HttpResponse<String> preflight =
        client.request("OPTIONS", "picky", friend[0], friend[1], ask, "POST");
    assertEquals(204, preflight.statusCode());
    String allowed = preflight.headers().firstValue("Access-Control-Allow-Headers").orElse("");
    assertTrue(allowed.contains("Sse-Session") && allowed.contains("Last-Event-ID"), allowed);
    StreamClient stream = client.stream("picky", friend);
    assertEquals(friend[1], stream.headers().firstValue("Access-Control-Allow-Origin").orElse(""));
    assertEquals(
        "true", stream.headers().firstValue("Access-Control-Allow-Credentials").orElse(""));
    assertTrue(stream.headers().allValues("Vary").contains("Origin"));
    String token = token(stream.next());
    HttpResponse<String> answer = client.post("picky", token, "text/plain", "hi", friend);
    assertEquals(204, answer.statusCode());
    assertTrue(
        answer.headers().allValues("Access-Control-Expose-Headers").toString().contains("Sse-Rec"));
    assertEquals(403, client.post("picky", token, "text/plain", "hi", evil).statusCode());
    assertEquals(
        403,
        client.request("DELETE", "picky", "Sse-Session", token, evil[0], evil[1]).statusCode());
  }

  /** A page that unloads can send a beacon, with a body and no header of its own. */
  @Test
  void aBeaconCanSendAndClose(Servers servers) throws Exception {
    ProtocolClient client = start(servers);
    StreamClient stream = client.stream(ROOM);
    String token = token(stream.next());
    assertCalled("open a - {name=[a]}");
    String batch = "id: 1\ndata: last words\n\nid: 2\nevent: ws.close\ndata: {\"code\":1001}\n\n";

    HttpResponse<String> answer =
        client.beacon("room/a?sse-session=" + token, "text/event-stream;charset=utf-8", batch);

    assertEquals(204, answer.statusCode());
    assertEquals("2", ProtocolClient.received(answer));
    assertEquals("echo last words", stream.next().data());
    assertEquals("{\"code\":1001,\"reason\":\"\"}", stream.next().data());
    assertCalled("close a 1001");
  }

  @Test
  void noTokenIsEverLogged(Servers servers) throws Exception {
    ProtocolClient client = start(servers, "lease", "PT0.2S", "heartbeat", "PT0.1S");
    Logs logs = servers.closing(new Logs());
    StreamClient stream = client.stream(ROOM);
    String token = token(stream.next());
    assertCalled("open a - {name=[a]}");

    client.post(ROOM, token, "text/plain", "fail");
    client.post(ROOM, token, "application/json", "{}");
    client.request("GET", "broken", "Accept", BATCH, "Last-Event-ID", token + "-0");
    client.post(ROOM, token, BATCH, "id: 1\nevent: ws.nonsense\ndata\n\n");
    assertCalled("error told to");
    assertCalled("close a 1002");
    stream.close();
    client.awaitGone(ROOM, token);

    assertFalse(logs.lines().isEmpty(), "the configurator's failure is logged");
    assertTrue(logs.lines().stream().noneMatch(line -> line.contains(token)), "" + logs.lines());
    assertFalse(Room.SESSIONS.get("a").toString().contains(token));
    assertFalse(Room.SESSIONS.get("a").getId().contains(token));
  }
}
