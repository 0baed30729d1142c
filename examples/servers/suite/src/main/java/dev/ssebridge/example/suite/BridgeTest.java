package dev.ssebridge.example.suite;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.websocket.SseBridgeInitializer;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The main job: an unchanged endpoint, served at its own URL over SSE, next to WebSocket. */
@OnEveryServer
class BridgeTest {
  /** As somebody writes it who never heard of SSE. */
  @ServerEndpoint("/chat/{room}")
  public static class Chat {
    static final Set<Session> SESSIONS = ConcurrentHashMap.newKeySet();
    static final BlockingQueue<String> CALLS = new LinkedBlockingQueue<>();

    @OnOpen
    public void open(Session session, @PathParam("room") String room) {
      SESSIONS.add(session);
      CALLS.add("open " + room);
    }

    @OnMessage
    public void message(String text) throws IOException {
      for (Session session : SESSIONS) {
        session.getBasicRemote().sendText(text);
      }
    }

    @OnClose
    public void close(Session session, CloseReason reason) {
      SESSIONS.remove(session);
      CALLS.add("close " + reason.getCloseCode().getCode());
    }

    @OnError
    public void error(Throwable failure) {
      CALLS.add("error " + failure);
    }
  }

  private HttpClient http;

  @BeforeEach
  void forgetEarlierTests(Servers servers) {
    Chat.SESSIONS.clear();
    Chat.CALLS.clear();
    http = servers.http1();
  }

  private static EmbeddedServer start(Servers servers, String... parameters) {
    var config =
        ServerConfig.embedded().endpoints(Chat.class).initializer(new SseBridgeInitializer());
    for (int i = 0; i < parameters.length; i += 2) {
      config.parameter(parameters[i], parameters[i + 1]);
    }
    return servers.start(config);
  }

  private static URI lobby(EmbeddedServer server) {
    return server.uri("chat/lobby");
  }

  private HttpResponse<String> post(URI uri, String body, String... headers) throws Exception {
    var request =
        HttpRequest.newBuilder(uri)
            .header("Content-Type", "text/plain")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    for (int i = 0; i < headers.length; i += 2) {
      request.setHeader(headers[i], headers[i + 1]);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofString());
  }

  private static String token(Event open) {
    assertEquals("ws.open", open.type());
    String id = open.lastEventId();
    return id.substring(0, id.lastIndexOf('-'));
  }

  private static String nextCall() throws InterruptedException {
    return Chat.CALLS.poll(20, TimeUnit.SECONDS);
  }

  @Test
  void aClientThatLeavesTheChoiceIsToldToUseWebSocketWithoutASession(Servers servers)
      throws Exception {
    EmbeddedServer server = start(servers, "dev.ssebridge.ssePercent", "0");
    URI auto = server.uri("chat/lobby?sse-transport=auto");
    StreamClient told = servers.closing(StreamClient.open(http, auto));
    assertEquals(200, told.status());
    Event use = told.next();
    assertEquals("ws.use", use.type());
    assertEquals("websocket", use.data());
    assertTrue(Chat.CALLS.isEmpty(), "no session was opened");

    StreamClient chosen = servers.closing(StreamClient.open(http, lobby(server)));
    assertEquals("ws.open", chosen.next().type(), "who asks for SSE gets it");
  }

  @Test
  void aMessagePostedReachesWebSocketAndSseClients(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    BlockingQueue<String> overWebSocket = new LinkedBlockingQueue<>();
    WebSocket socket = connect(server, overWebSocket);
    assertEquals("open lobby", nextCall());

    StreamClient stream = servers.closing(StreamClient.open(http, lobby(server)));
    assertEquals(200, stream.status());
    assertEquals(
        "text/event-stream;charset=utf-8",
        stream.headers().firstValue("Content-Type").orElse("").toLowerCase().replace(" ", ""));
    assertEquals("no-cache, no-transform", stream.headers().firstValue("Cache-Control").orElse(""));
    assertEquals("no", stream.headers().firstValue("X-Accel-Buffering").orElse(""));
    Event open = stream.next();
    String token = token(open);
    assertEquals(token + "-0", open.lastEventId());
    assertTrue(open.data().contains("\"session\":\"" + token + "\""), open.data());
    assertFalse(open.data().contains("resumed"), open.data());
    assertEquals("open lobby", nextCall());

    HttpResponse<String> answer = post(lobby(server), "hello", "Sse-Session", token);
    assertEquals(204, answer.statusCode());
    assertEquals("1", answer.headers().firstValue("Sse-Received").orElse(""));
    Event hello = stream.next();
    assertEquals("", hello.type());
    assertEquals("hello", hello.data());
    assertEquals(token + "-1", hello.lastEventId());
    assertEquals("hello", overWebSocket.poll(20, TimeUnit.SECONDS));

    socket.sendText("over here", true);
    assertEquals("over here", stream.next().data());
    assertEquals("over here", overWebSocket.poll(20, TimeUnit.SECONDS));
  }

  @Test
  void aCutStreamIsContinuedOnTheSameSession(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    StreamClient first = servers.closing(StreamClient.open(http, lobby(server)));
    String token = token(first.next());
    StreamClient other = servers.closing(StreamClient.open(http, lobby(server)));
    String otherToken = token(other.next());
    post(lobby(server), "before", "Sse-Session", otherToken);
    assertEquals("before", first.next().data());
    assertEquals("open lobby", nextCall());
    assertEquals("open lobby", nextCall());
    Set<Session> sessions = Set.copyOf(Chat.SESSIONS);

    first.close();
    for (int i = 1; i <= 5; i++) {
      assertEquals(204, post(lobby(server), "m" + i, "Sse-Session", otherToken).statusCode());
    }
    StreamClient second =
        servers.closing(
            StreamClient.open(http, lobby(server), "Last-Event-ID", first.lastEventId()));

    Event open = second.next();
    assertEquals(token, token(open));
    assertTrue(open.data().contains("\"resumed\":true"), open.data());
    assertEquals(first.lastEventId(), open.lastEventId());
    assertEquals(List.of("m1", "m2", "m3", "m4", "m5"), second.data(5));
    assertEquals(token + "-6", second.lastEventId());
    assertEquals(sessions, Set.copyOf(Chat.SESSIONS));
    assertEquals(List.of(), List.copyOf(Chat.CALLS), "no @OnOpen or @OnClose in between");
  }

  @Test
  void anAbandonedSessionClosesWhenItsLeaseEnds(Servers servers) throws Exception {
    EmbeddedServer server =
        start(servers, "dev.ssebridge.lease", "PT0.2S", "dev.ssebridge.heartbeat", "PT0.2S");
    StreamClient stream = servers.closing(StreamClient.open(http, lobby(server)));
    String token = token(stream.next());
    assertEquals("open lobby", nextCall());

    stream.close();

    assertEquals("close 1006", nextCall());
    assertEquals(410, post(lobby(server), "late", "Sse-Session", token).statusCode());
    StreamClient again =
        servers.closing(StreamClient.open(http, lobby(server), "Last-Event-ID", token + "-0"));
    Event open = again.next();
    assertNotEquals(token, token(open));
    assertTrue(open.data().contains("\"lost\":true"), open.data());
  }

  @Test
  void deleteClosesAndTheStreamSaysSo(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    StreamClient stream = servers.closing(StreamClient.open(http, lobby(server)));
    String token = token(stream.next());
    assertEquals("open lobby", nextCall());

    var request =
        HttpRequest.newBuilder(lobby(server)).header("Sse-Session", token).DELETE().build();
    assertEquals(204, http.send(request, HttpResponse.BodyHandlers.discarding()).statusCode());

    Event close = stream.next();
    assertEquals("ws.close", close.type());
    assertEquals("{}", close.data());
    stream.assertEnd();
    assertEquals("close 1005", nextCall());
    var after =
        servers.closing(
            StreamClient.open(http, lobby(server), "Last-Event-ID", close.lastEventId()));
    assertEquals(204, after.status(), "an EventSource stops for good");
    var rest =
        servers.closing(StreamClient.open(http, lobby(server), "Last-Event-ID", token + "-0"));
    assertEquals("ws.open", rest.next().type());
    assertEquals("ws.close", rest.next().type());
    rest.assertEnd();
  }

  @Test
  void everyTextArrivesAsTheProtocolSays(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    StreamClient stream = servers.closing(StreamClient.open(http, lobby(server)));
    String token = token(stream.next());
    BlockingQueue<String> overWebSocket = new LinkedBlockingQueue<>();
    connect(server, overWebSocket);

    for (String text :
        List.of("  leading", "", "a\nb", "a\n", "\n", "emoji \uD83D\uDE00", "tab\t", ": data")) {
      assertEquals(204, post(lobby(server), text, "Sse-Session", token).statusCode());
      Event event = stream.next();
      assertEquals("", event.type());
      assertEquals(text, event.data());
      assertEquals(text, overWebSocket.poll(20, TimeUnit.SECONDS));
    }
    for (String text : List.of("a\rb", "a\r\nb", "\r", "1\n2\n3\n4\n5\n6\n7\n8\n9\n10")) {
      assertEquals(204, post(lobby(server), text, "Sse-Session", token).statusCode());
      Event event = stream.next();
      assertEquals("ws.text", event.type());
      assertEquals(
          '"' + text.replace("\r", "\\r").replace("\n", "\\n") + '"', event.data(), "JSON");
      assertEquals(text, overWebSocket.poll(20, TimeUnit.SECONDS));
    }
    for (Session session : Chat.SESSIONS) {
      if (session.getId().startsWith("sse-")) {
        session.getBasicRemote().sendText("lone \uD800 surrogate");
      }
    }
    assertEquals("lone \uFFFD surrogate", stream.next().data());
    String large = "0123456789abcdef".repeat(65536); // 1 MiB
    assertEquals(204, post(lobby(server), large, "Sse-Session", token).statusCode());
    assertEquals(large, stream.next().data());
  }

  @Test
  void aBatchIsTakenInOrderAndOnce(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    StreamClient stream = servers.closing(StreamClient.open(http, lobby(server)));
    String token = token(stream.next());
    String[] headers = {"Sse-Session", token, "Content-Type", "text/event-stream"};
    String batch =
        "id: 1\ndata: one\n\ndata: two\n\nevent: ws.text\ndata: \"th\\rree \\ud800\"\n\n";

    HttpResponse<String> answer = post(lobby(server), batch, headers);
    assertEquals(204, answer.statusCode(), answer.body());
    assertEquals("3", answer.headers().firstValue("Sse-Received").orElse(""));
    answer = post(lobby(server), batch + "id: 4\ndata: four\n\n", headers);
    assertEquals(204, answer.statusCode(), answer.body());
    assertEquals("4", answer.headers().firstValue("Sse-Received").orElse(""));
    assertEquals(List.of("one", "two", "\"th\\rree \uFFFD\"", "four"), stream.data(4));

    answer = post(lobby(server), "id: 6\ndata: six\n\n", headers);
    assertEquals(409, answer.statusCode());
    assertEquals("4", answer.headers().firstValue("Sse-Received").orElse(""));
    answer = post(lobby(server), "id: 5\ndata: five\n\nid: 6\ndata: unfin", headers);
    assertEquals(400, answer.statusCode());
    assertEquals("5", answer.headers().firstValue("Sse-Received").orElse(""));
    assertEquals("five", stream.next().data());
    answer =
        post(
            lobby(server),
            "id: 6\nevent: ws.close\ndata: {\"code\":4001,\"reason\":\"bye\"}\n\n",
            headers);
    assertEquals(204, answer.statusCode());
    assertEquals("{\"code\":4001,\"reason\":\"bye\"}", stream.next().data());
    assertEquals("open lobby", nextCall());
    assertEquals("close 4001", nextCall());
  }

  @Test
  void badRequestsGetClearAnswersAndCostNothing(Servers servers) throws Exception {
    EmbeddedServer server = start(servers, "dev.ssebridge.maxMessageBytes", "1000");
    Logs logs = servers.closing(new Logs());
    StreamClient stream = servers.closing(StreamClient.open(http, lobby(server)));
    String token = token(stream.next());

    assertEquals(400, post(lobby(server), "no session").statusCode());
    assertEquals(410, post(lobby(server), "hi", "Sse-Session", "wrong").statusCode());
    assertEquals(
        415,
        post(lobby(server), "{}", "Sse-Session", token, "Content-Type", "application/json")
            .statusCode());
    assertEquals(
        403,
        post(lobby(server), "hi", "Sse-Session", token, "Origin", "http://evil.example")
            .statusCode());
    assertEquals(
        204,
        post(lobby(server), "hi", "Sse-Session", token, "Origin", origin(server)).statusCode());
    assertEquals("hi", stream.next().data());
    for (String malformed : List.of("nonsense", "-", "a-b-c", "x".repeat(4000), "\u00e9-1")) {
      StreamClient fresh =
          servers.closing(StreamClient.open(http, lobby(server), "Last-Event-ID", malformed));
      assertEquals(200, fresh.status(), malformed);
      assertTrue(fresh.next().data().contains("\"lost\":true"), malformed);
      fresh.close();
    }
    assertEquals(404, StreamClient.open(http, server.uri("nothing/here")).status());
    assertEquals(
        410,
        StreamClient.open(http, lobby(server), "Sse-Session", "A".repeat(22)).status(),
        "a GET that names its session only resumes");

    assertEquals(413, post(lobby(server), "x".repeat(1001), "Sse-Session", token).statusCode());
    assertEquals("{\"code\":1009,\"reason\":\"the message is too big\"}", stream.next().data());
    assertEquals(410, post(lobby(server), "more", "Sse-Session", token).statusCode());
    assertEquals(List.of(), logs.lines());
  }

  @Test
  void aStreamThatBreaksLogsALineAtMost(Servers servers) throws Exception {
    EmbeddedServer server =
        start(servers, "dev.ssebridge.lease", "PT0.2S", "dev.ssebridge.heartbeat", "PT0.1S");
    Logs logs = servers.closing(new Logs());
    StreamClient stream = servers.closing(StreamClient.open(http, lobby(server)));
    stream.next();
    assertEquals("open lobby", nextCall());

    stream.close();

    assertEquals("close 1006", nextCall());
    // Undertow has one line of its own when a request is completed whose client has left.
    assertTrue(logs.lines().size() <= 1, () -> logs.lines().toString());
  }

  @Test
  void theNewestStreamOfASessionWins(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    StreamClient first = servers.closing(StreamClient.open(http, lobby(server)));
    String token = token(first.next());

    StreamClient second =
        servers.closing(StreamClient.open(http, lobby(server), "Last-Event-ID", token + "-0"));
    second.next();

    first.assertEnd();
    post(lobby(server), "to the second", "Sse-Session", token);
    assertEquals("to the second", second.next().data());
    assertSame(1, Chat.SESSIONS.size());
  }

  /**
   * A client that loses patience with a slow answer asks again while the first is still being made.
   * 1. A takes over the log 2. B takes over the log 3. B is the session's stream 4. A is the
   * session's stream: then A was open for ever, and was never sent a message.
   */
  @Test
  void streamsThatComeTogetherLeaveOneThatIsServed(Servers servers) throws Exception {
    EmbeddedServer server = start(servers);
    StreamClient first = servers.closing(StreamClient.open(http, lobby(server)));
    String token = token(first.next());
    String lastEventId = token + "-0";
    for (int round = 1; round <= 20; round++) {
      String cursor = lastEventId;
      List<CompletableFuture<StreamClient>> opening = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        opening.add(
            CompletableFuture.supplyAsync(
                () -> {
                  try {
                    return StreamClient.open(http, lobby(server), "Last-Event-ID", cursor);
                  } catch (IOException | InterruptedException e) {
                    throw new IllegalStateException(e);
                  }
                },
                task -> new Thread(task).start()));
      }
      List<StreamClient> streams = new ArrayList<>();
      for (var each : opening) {
        streams.add(servers.closing(each.get(20, TimeUnit.SECONDS)));
      }
      String message = "round " + round;
      assertEquals(204, post(lobby(server), message, "Sse-Session", token).statusCode());
      var served = new CompletableFuture<String>();
      for (StreamClient stream : streams) {
        stream.whenData(message, served::complete);
      }
      lastEventId = served.get(20, TimeUnit.SECONDS);
    }
  }

  @Test
  void anIdleStreamIsSentHeartbeats(Servers servers) throws Exception {
    EmbeddedServer server = start(servers, "dev.ssebridge.heartbeat", "PT0.1S");
    StreamClient plain = servers.closing(StreamClient.open(http, lobby(server)));
    plain.next();
    plain.comment(); // of the preface
    assertEquals("", plain.comment());
    assertEquals("", plain.comment());
    StreamClient events =
        servers.closing(StreamClient.open(http, server.uri("chat/lobby?sse-heartbeat=event")));
    events.next();
    assertEquals("sse.hb", events.next().type());
    assertEquals("sse.hb", events.next().type());
  }

  private static String origin(EmbeddedServer server) {
    return "http://127.0.0.1:" + server.port();
  }

  private static WebSocket connect(EmbeddedServer server, BlockingQueue<String> messages)
      throws Exception {
    return HttpClient.newHttpClient()
        .newWebSocketBuilder()
        .buildAsync(
            server.wsUri("chat/lobby"),
            new WebSocket.Listener() {
              private final StringBuilder parts = new StringBuilder();

              @Override
              public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
                parts.append(data);
                if (last) {
                  messages.add(parts.toString());
                  parts.setLength(0);
                }
                return WebSocket.Listener.super.onText(socket, data, last);
              }
            })
        .get(20, TimeUnit.SECONDS);
  }
}
