package dev.ssebridge.example.suite;

import static dev.ssebridge.example.suite.ProtocolClient.BATCH;
import static dev.ssebridge.example.suite.ProtocolClient.received;
import static dev.ssebridge.example.suite.ProtocolClient.token;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.EventStreamParser.Event;
import dev.ssebridge.example.server.EmbeddedServer;
import dev.ssebridge.example.server.ServerConfig;
import dev.ssebridge.testkit.RawHttpClient;
import dev.ssebridge.testkit.RawStream;
import dev.ssebridge.websocket.SseBridgeInitializer;
import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletRequestWrapper;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.websocket.CloseReason;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a client sends, as docs/protocol.md §3.4 promises to take it. */
@OnEveryServer
class UpstreamProtocolTest {
  private static final BlockingQueue<String> CALLS = new LinkedBlockingQueue<>();

  /** Notes what comes, message by message. */
  @ServerEndpoint("/whole")
  public static class Whole {
    static final Semaphore PERMITS = new Semaphore(Integer.MAX_VALUE); // to handle messages

    @OnMessage
    public void text(String text) throws InterruptedException {
      CALLS.add("begin " + text);
      PERMITS.acquire();
      CALLS.add("text " + text);
    }

    @OnMessage
    public void binary(byte[] content) {
      CALLS.add("binary " + HexFormat.of().formatHex(content));
    }

    @OnMessage
    public void pong(PongMessage pong) {
      CALLS.add("pong " + StandardCharsets.UTF_8.decode(pong.getApplicationData()));
    }

    @OnClose
    public void close(CloseReason reason) {
      CALLS.add("close " + reason.getCloseCode().getCode());
    }
  }

  /** Notes what comes, part by part. */
  @ServerEndpoint("/parts")
  public static class Parts {
    @OnMessage
    public void text(String part, boolean last) {
      CALLS.add("text " + part + " " + last);
    }

    @OnMessage
    public void binary(ByteBuffer part, boolean last) {
      CALLS.add("binary " + part.remaining() + " " + last);
    }

    @OnOpen
    public void open(Session session) {
      session.setMaxBinaryMessageBufferSize(Integer.MAX_VALUE);
    }
  }

  /** Sets its bound when a message is read already, or a second later if none is. */
  @ServerEndpoint("/late")
  public static class Late {
    static volatile CountDownLatch reading;

    @OnOpen
    public void open(Session session) throws InterruptedException {
      var unused = reading.await(1, TimeUnit.SECONDS);
      session.setMaxTextMessageBufferSize(3_000_000);
    }

    @OnMessage
    public void text(String text) {
      CALLS.add("text " + text.length());
    }
  }

  /** Tells when somebody begins to read a body. */
  private static final class Reading extends HttpFilter {
    @Override
    protected void doFilter(
        HttpServletRequest request, HttpServletResponse response, FilterChain chain)
        throws IOException, ServletException {
      var watched =
          new HttpServletRequestWrapper(request) {
            @Override
            public ServletInputStream getInputStream() throws IOException {
              Late.reading.countDown();
              return super.getInputStream();
            }
          };
      chain.doFilter(watched, response);
    }
  }

  private StreamClient stream;
  private String token;

  @BeforeEach
  void forgetEarlierTests() {
    CALLS.clear();
  }

  @AfterEach
  void letEveryHandlerGo() {
    Whole.PERMITS.drainPermits();
    Whole.PERMITS.release(Integer.MAX_VALUE);
  }

  private static EmbeddedServer server(Servers servers, String... parameters) {
    var config =
        ServerConfig.embedded()
            .endpoints(Whole.class, Parts.class)
            .initializer(new SseBridgeInitializer());
    for (int i = 0; i < parameters.length; i += 2) {
      config.parameter("dev.ssebridge." + parameters[i], parameters[i + 1]);
    }
    return servers.start(config);
  }

  private ProtocolClient open(Servers servers, String path, String... parameters) throws Exception {
    var client = new ProtocolClient(servers, server(servers, parameters));
    stream = client.stream(path);
    token = token(stream.next());
    return client;
  }

  private static void assertCalls(String... calls) throws InterruptedException {
    List<String> seen = new ArrayList<>();
    while (seen.size() < calls.length) {
      String call = CALLS.poll(20, TimeUnit.SECONDS);
      if (call == null || !call.startsWith("begin")) {
        seen.add(call);
      }
    }
    assertEquals(List.of(calls), seen);
  }

  @Test
  void aBatchCarriesEveryKindOfMessage(Servers servers) throws Exception {
    ProtocolClient client = open(servers, "whole");
    String batch =
        """
        id: 1
        data: plain

        event: ws.text
        data: "json\\r\\n"

        event: ws.binary
        data: AAEC/w==

        event: ws.ping
        data: cGluZw==

        event: ws.pong
        data: cG9uZw==

        event: ws.close
        data: {"code":4000,"reason":"enough"}

        """;

    HttpResponse<String> answer = client.post("whole", token, BATCH, batch);

    assertEquals(204, answer.statusCode(), answer.body());
    assertEquals("6", received(answer));
    assertCalls("text plain", "text json\r\n", "binary 000102ff", "pong pong", "close 4000");
    Event pong = stream.next();
    assertEquals("ws.pong", pong.type());
    assertEquals("cGluZw==", pong.data());
    Event close = stream.next();
    assertEquals("ws.close", close.type());
    assertEquals("{\"code\":4000,\"reason\":\"enough\"}", close.data());
    assertEquals(token + "-2", close.lastEventId());
    stream.assertEnd();
    answer = client.post("whole", token, BATCH, batch);
    assertEquals(204, answer.statusCode(), "the client has not heard that it was taken");
  }

  @Test
  void nothingIsTakenBehindAClose(Servers servers) throws Exception {
    ProtocolClient client = open(servers, "whole");
    String batch = "id: 1\nevent: ws.close\ndata: {}\n\ndata: too late\n\n";
    HttpResponse<String> answer = client.post("whole", token, BATCH, batch);
    assertEquals(410, answer.statusCode());
    assertEquals("1", received(answer));
    assertEquals("{}", stream.next().data());
    assertCalls("close 1005");
  }

  @Test
  void partsReachWholeHandlersJoinedWithControlsBetween(Servers servers) throws Exception {
    ProtocolClient client = open(servers, "whole");
    String batch =
        "id: 1\nevent: ws.text+\ndata: \"\uD83D\uDE00 a\"\n\n"
            + "event: ws.ping\ndata: cGluZw==\n\n"
            + "event: ws.text+\ndata: \"b\"\n\n"
            + "data: c\n\n"
            + "event: ws.binary+\ndata: AAE=\n\n"
            + "event: ws.binary\ndata: Ag==\n\n";
    HttpResponse<String> answer = client.post("whole", token, BATCH, batch);
    assertEquals(204, answer.statusCode(), answer.body());
    assertEquals("6", received(answer), "each part has a number");
    assertEquals("ws.pong", stream.next().type());
    assertCalls("text \uD83D\uDE00 abc", "binary 000102");
  }

  @Test
  void partsReachPartialHandlersOneByOneOverSeveralPosts(Servers servers) throws Exception {
    ProtocolClient client = open(servers, "parts");
    client.post("parts", token, BATCH, "id: 1\nevent: ws.text+\ndata: \"a\"\n\n");
    client.post("parts", token, BATCH, "id: 2\nevent: ws.text+\ndata: \"b\"\n\n");
    client.post(
        "parts", token, BATCH, "id: 3\ndata: c\n\nid: 4\nevent: ws.binary+\ndata: AAE=\n\n");
    HttpResponse<String> answer =
        client.post("parts", token, "application/octet-stream", "xyz", "Sse-Number", "5");
    assertEquals(204, answer.statusCode(), answer.body());
    assertCalls("text a false", "text b false", "text c true", "binary 2 false", "binary 3 true");
  }

  @Test
  void aMalformedEventClosesBehindWhatWasSoundBeforeIt(Servers servers) throws Exception {
    var client = new ProtocolClient(servers, server(servers));
    for (String malformed :
        List.of(
            "1007 event: ws.text\ndata: not json",
            "1007 event: ws.text\ndata: {}",
            "1007 event: ws.binary\ndata: ?",
            "1007 event: ws.close\ndata: 1000",
            "1002 event: ws.close\ndata: {\"code\":1006}",
            "1002 event: ws.ping\ndata: " + "A".repeat(168),
            "1002 event: ws.nonsense\ndata: x",
            "1002 event: metric\ndata: x",
            "1002 id: zero\ndata: x",
            "1002 id: 0\ndata: x",
            "1002 event: ws.text+\ndata: \"a\"\n\nevent: ws.binary\ndata: AA==")) {
      stream = client.stream("whole");
      token = token(stream.next());
      String event = malformed.substring(5);

      HttpResponse<String> answer =
          client.post("whole", token, BATCH, "id: 1\ndata: sound\n\n" + event + "\n\n");

      assertEquals(400, answer.statusCode(), event);
      assertEquals(event.contains("+") ? "2" : "1", received(answer), event);
      assertEquals(1, answer.body().lines().count(), answer.body());
      String code = malformed.substring(0, 4);
      assertCalls("text sound", "close " + code);
      assertTrue(stream.next().data().startsWith("{\"code\":" + code), event);
      assertEquals(410, client.post("whole", token, "text/plain", "more").statusCode());
    }
    stream = client.stream("whole");
    token = token(stream.next());
    assertEquals(400, client.post("whole", token, BATCH, "data: no number\n\n").statusCode());
    assertCalls("close 1002");
    stream = client.stream("whole");
    token = token(stream.next());
    var invalid = RawHttpClient.to(client.uri(""));
    try (RawStream answer =
        invalid.send(
            "POST",
            "/whole",
            new byte[] {(byte) 0xC3, 0x28},
            "Sse-Session: " + token,
            "Content-Type: text/plain")) {
      assertEquals(400, answer.status());
    }
    assertCalls("close 1007");
  }

  @Test
  void whatIsTooLargeClosesBehindWhatWasNot(Servers servers) throws Exception {
    String[] small = {"maxMessageBytes", "100", "maxBatchBytes", "1000"};
    var client = new ProtocolClient(servers, server(servers, small));
    String prefix = "id: 1\ndata: sound\n\n";
    for (String body :
        List.of(
            prefix + "data: " + "\u20ac".repeat(34) + "\n\n",
            prefix + "event: ws.binary\ndata: " + "AAAA".repeat(34) + "\n\n")) {
      stream = client.stream("whole");
      token = token(stream.next());
      HttpResponse<String> answer = client.post("whole", token, BATCH, body);
      assertEquals(413, answer.statusCode());
      assertEquals("1", received(answer));
      assertCalls("text sound", "close 1009");
      Event close = stream.next();
      assertEquals("{\"code\":1009,\"reason\":\"the message is too big\"}", close.data());
    }
    stream = client.stream("whole");
    token = token(stream.next());
    String many = ("data: " + "x".repeat(80) + "\n\n").repeat(12);
    assertEquals(413, client.post("whole", token, BATCH, prefix + many).statusCode());
    assertTrue(stream.next().data().contains("1009"));
    for (String type : List.of("text/plain", "application/octet-stream")) {
      stream = client.stream("whole");
      token = token(stream.next());
      assertEquals(204, client.post("whole", token, type, "x".repeat(100)).statusCode());
      assertEquals(413, client.post("whole", token, type, "x".repeat(101)).statusCode());
      assertTrue(stream.next().data().contains("1009"));
    }
  }

  @Test
  void aMessageIsJudgedByTheBoundThatTheEndpointSetsAsItOpens(Servers servers) throws Exception {
    for (String type : List.of("text/plain", BATCH)) {
      Late.reading = new CountDownLatch(1);
      var config =
          ServerConfig.embedded()
              .endpoints(Late.class)
              .filter("/*", new Reading())
              .initializer(new SseBridgeInitializer());
      var client = new ProtocolClient(servers, servers.start(config));
      stream = client.stream("late");
      token = token(stream.next());
      String text = "x".repeat(2_000_000);
      String body = type.equals(BATCH) ? "id: 1\ndata: " + text + "\n\n" : text;
      assertEquals(204, client.post("late", token, type, body).statusCode());
      assertCalls("text 2000000");
    }
  }

  @Test
  void aBoundThatIsNoneIsNoFault(Servers servers) throws Exception {
    ProtocolClient client = open(servers, "parts");
    String type = "application/octet-stream";
    assertEquals(204, client.post("parts", token, type, "x".repeat(2_000_000)).statusCode());
    assertCalls("binary 2000000 true");
  }

  @Test
  void numbersMakeRetriesHarmless(Servers servers) throws Exception {
    ProtocolClient client = open(servers, "whole");
    for (int i = 0; i < 3; i++) {
      HttpResponse<String> answer =
          client.post("whole", token, "text/plain", "once", "Sse-Number", "1");
      assertEquals(204, answer.statusCode());
      assertEquals("1", received(answer));
    }
    HttpResponse<String> hole =
        client.post("whole", token, "text/plain", "third", "Sse-Number", "3");
    assertEquals(409, hole.statusCode());
    assertEquals("1", received(hole));
    HttpResponse<String> other = client.post("whole", token, "application/json", "{}");
    assertEquals(415, other.statusCode());
    assertEquals("1", received(other));
    assertEquals(204, client.post("whole", token, "text/plain", "next").statusCode());
    assertCalls("text once", "text next");
  }

  /** The endpoint handles nothing: the handler of the first message waits. */
  private ProtocolClient openWithAFullInbox(Servers servers, String inboxWait) throws Exception {
    ProtocolClient client = open(servers, "whole", "inboxMessages", "2", "inboxWait", inboxWait);
    Whole.PERMITS.drainPermits();
    CompletableFuture.supplyAsync(
        () -> {
          try {
            return client.post("whole", token, BATCH, "id: 1\ndata: a\n\n");
          } catch (Exception e) {
            throw new IllegalStateException(e);
          }
        },
        task -> new Thread(task).start());
    assertEquals("begin a", CALLS.poll(20, TimeUnit.SECONDS));
    assertEquals(
        204, client.post("whole", token, BATCH, "id: 2\ndata: b\n\ndata: c\n\n").statusCode());
    return client;
  }

  @Test
  void aFullInboxIsSaidAfterAWhileAndLosesNothing(Servers servers) throws Exception {
    ProtocolClient client = openWithAFullInbox(servers, "PT0.2S");
    String batch = "id: 3\ndata: c\n\ndata: d\n\ndata: e\n\n";

    HttpResponse<String> full = client.post("whole", token, BATCH, batch);

    assertEquals(429, full.statusCode());
    assertEquals("1", full.headers().firstValue("Retry-After").orElse(""));
    assertEquals("3", received(full));
    Whole.PERMITS.release(1000);
    assertCalls("text a", "text b", "text c");
    assertEquals(204, client.post("whole", token, BATCH, batch).statusCode());
    assertCalls("text d", "text e");
  }

  @Test
  void aFullInboxDelaysTheAnswerUntilThereIsRoom(Servers servers) throws Exception {
    ProtocolClient client = openWithAFullInbox(servers, "PT30S");
    var late =
        CompletableFuture.supplyAsync(
            () -> {
              try {
                return client.post("whole", token, BATCH, "id: 4\ndata: d\n\n").statusCode();
              } catch (Exception e) {
                throw new IllegalStateException(e);
              }
            },
            task -> new Thread(task).start());
    Whole.PERMITS.release(1000);
    assertEquals(204, late.get(20, TimeUnit.SECONDS));
    assertCalls("text a", "text b", "text c", "text d");
  }

  @Test
  void aFullInboxDoesNotKeepAClientFromClosing(Servers servers) throws Exception {
    ProtocolClient client = openWithAFullInbox(servers, "PT0.2S");
    assertEquals(204, client.request("DELETE", "whole", "Sse-Session", token).statusCode());
    assertEquals(410, client.post("whole", token, "text/plain", "d").statusCode());
    Whole.PERMITS.release(1000);
    assertCalls("text a", "text b", "text c", "close 1005");
    assertEquals("{}", stream.next().data());
  }

  /** Nobody but the thread that reads it makes room for the rest of such a batch. */
  @Test
  void aBatchMayHoldMoreThanTheInbox(Servers servers) throws Exception {
    ProtocolClient client = open(servers, "whole", "inboxMessages", "4", "inboxWait", "PT30S");
    var batch = new StringBuilder("id: 1\n");
    String[] calls = new String[500];
    for (int i = 0; i < calls.length; i++) {
      batch.append("data: ").append(i).append("\n\n");
      calls[i] = "text " + i;
    }
    long start = System.nanoTime();
    HttpResponse<String> answer = client.post("whole", token, BATCH, batch.toString());
    assertEquals(204, answer.statusCode());
    assertTrue(System.nanoTime() - start < TimeUnit.SECONDS.toNanos(20), "waited for itself");
    assertCalls(calls);
  }

  @Test
  void aPostThatBreaksOffIsNoLineInTheLog(Servers servers) throws Exception {
    ProtocolClient client = open(servers, "whole");
    Logs logs = servers.closing(new Logs());
    for (String type : List.of("text/plain", BATCH)) {
      String head =
          "POST /whole HTTP/1.1\r\nHost: a\r\nSse-Session: %s\r\nContent-Type: %s\r\n"
                  .formatted(token, type)
              + "Content-Length: 100\r\n\r\nid: 1\ndata: half";
      RawStream cut =
          RawHttpClient.to(client.uri("")).open(head.getBytes(StandardCharsets.US_ASCII));
      cut.reset();
    }
    assertEquals(204, client.post("whole", token, "text/plain", "after").statusCode());
    assertCalls("text after");
    assertEquals(List.of(), logs.lines());
  }
}
