package dev.ssebridge.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.websocket.BridgeOptions;
import dev.ssebridge.websocket.Routing;
import dev.ssebridge.websocket.SessionFile;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An application that stops in good order and starts again, with sessions that wait meanwhile. */
class RestartTest {
  /** Answers what it is sent, and knows nothing of restarts. */
  @ServerEndpoint(value = "/room/{name}", subprotocols = "v1")
  public static class Room {
    static final List<String> SEEN = new ArrayList<>();
    static Session session;

    @OnOpen
    public void open(Session opened, @PathParam("name") String name) {
      session = opened;
      SEEN.add(
          "open "
              + name
              + " "
              + opened.getRequestURI().getRawPath()
              + " "
              + opened.getRequestParameterMap().get("x")
              + " "
              + opened.getNegotiatedSubprotocol()
              + " "
              + (opened.getUserPrincipal() == null ? "" : opened.getUserPrincipal().getName()));
    }

    @OnMessage
    public String text(String text) {
      return text;
    }

    @OnMessage
    public void binary(Session from, ByteBuffer bytes, boolean last) throws IOException {
      from.getBasicRemote().sendText(bytes.remaining() + (last ? " at last" : " first"));
    }

    @OnClose
    public void close(CloseReason reason) {
      SEEN.add("close " + reason.getCloseCode().getCode());
    }
  }

  @TempDir Path folder;

  private BridgeOptions options;
  private TestBridge bridge;

  @BeforeEach
  void start() {
    Room.SEEN.clear();
    start(BridgeOptions.DEFAULTS.withSessionFile(SessionFile.at(file())));
  }

  private void start(BridgeOptions with) {
    if (bridge != null) {
      bridge.close();
    }
    options = with;
    bridge = TestBridge.of(options, Room.class);
  }

  @AfterEach
  void stop() {
    bridge.close();
  }

  private Path file() {
    return folder.resolve("made/by us/sessions");
  }

  private static int refusal(Runnable attempt) {
    return assertThrows(RefusedException.class, attempt::run).status();
  }

  private TestHandshake resuming(TestClient client, long offset) {
    return bridge
        .at("/room/a")
        .header("Sse-Session", client.token)
        .header("Last-Event-ID", client.token + "-" + offset);
  }

  @Test
  void aClientGoesOnAsIfNothingHadHappened() throws IOException {
    TestClient client = bridge.at("/room/a%20b?x=1").subprotocols("v1").user("ann").open();
    client.sendText("before");
    client.cut();
    Room.session.getBasicRemote().sendText("missed\r\nby the client");
    Room.session.getBasicRemote().sendBinary(ByteBuffer.wrap(new byte[] {1, 2}));

    bridge.restart();
    client.resume();
    client.sendText("after");

    assertEquals("before", client.text());
    assertEquals("missed\r\nby the client", client.text());
    assertArrayEquals(new byte[] {1, 2}, client.binary());
    assertEquals("after", client.text());
    client.expectNothing();
    String open = "open a%20b /room/a%20b [1] v1 ann";
    assertEquals(List.of(open, "close 1001", open), Room.SEEN);
  }

  @Test
  void aClientThatIsConnectedIsToldNothingButToComeBack() {
    TestClient client = bridge.open("/room/a");
    bridge.restart();
    assertFalse(client.isConnected());
    client.expectNothing();
    assertThrows(AssertionError.class, client::closed);
    client.resume();
    client.sendText("hello");
    assertEquals("hello", client.text());
  }

  @Test
  void withoutAFileTheSessionsAreClosed() {
    start(BridgeOptions.DEFAULTS);
    TestClient client = bridge.open("/room/a");
    bridge.restart();
    assertEquals(CloseCodes.GOING_AWAY, client.closed().getCloseCode());
  }

  @Test
  void whoComesWhileTheServerStopsComesAgainSoon() {
    TestClient client = bridge.open("/room/a");
    client.cut();
    bridge.close();
    TestHandshake shown = resuming(client, 0).header("Content-Type", "text/plain");
    assertEquals(503, bridge.exchange(shown, "POST", "/room/a", new byte[1]).status);
    assertEquals(503, bridge.exchange(shown, "DELETE", "/room/a", new byte[0]).status);
    TestExchange answer =
        bridge.exchange(shown.header("Accept", "text/event-stream"), "GET", "/room/a", new byte[0]);
    String text = new String(answer.take(), StandardCharsets.UTF_8);
    assertTrue(text.matches("(?s)retry: \\d{3,4}\n: the server is restarting\n.*"), text);
    bridge.restart();
    client.resume();
    assertTrue(client.isConnected());
  }

  @Test
  void socketsThatShareAStreamComeBackOnOne() {
    TestClient one = bridge.open("/room/a");
    TestClient other = bridge.open("/room/b?x=2");
    bridge.restart();
    TestHandshake shown =
        resuming(one, 0)
            .header("Accept", "text/event-stream")
            .header("Sse-Also", other.token + "-0");
    TestExchange answer = bridge.exchange(shown, "GET", "/room/a", new byte[0]);
    String text = new String(answer.take(), StandardCharsets.UTF_8);
    assertEquals(3, text.split("\"resumed\":true", -1).length, text);
    assertFalse(text.contains("ws.apart"), text);
    assertEquals("open b /room/b [2]  ", Room.SEEN.get(5), Room.SEEN::toString);
  }

  @Test
  void aSecondRestartFindsThoseWhoHaveNotComeBackSinceTheFirst() {
    TestClient client = bridge.open("/room/a");
    client.sendText("1");
    client.cut();
    bridge.restart();
    bridge.restart();
    client.resume();
    assertEquals(List.of("1"), client.texts());
  }

  @Test
  void untilItsStreamIsBackASessionTakesNothing() {
    TestClient client = bridge.open("/room/a");
    bridge.restart();
    TestHandshake shown = resuming(client, 0).header("Content-Type", "text/plain");
    assertEquals(503, bridge.exchange(shown, "POST", "/room/a", new byte[1]).status);
    assertEquals(503, bridge.exchange(shown, "DELETE", "/room/a", new byte[0]).status);
    client.resume();
    client.sendText("now");
    assertEquals(List.of("now"), client.texts());
  }

  @Test
  void whoDoesNotComeBackIsForgottenAfterALease() {
    TestClient client = bridge.open("/room/a");
    client.cut();
    bridge.restart();
    bridge.advance(options.lease().minusMillis(1));
    bridge.restart(); // which gives them all of it again
    bridge.expireLeases();
    assertEquals(410, refusal(client::resume));
    assertEquals(2, Room.SEEN.size(), Room.SEEN::toString);
  }

  @Test
  void aRestartedSessionThatIsLeftEndsLikeAnother() {
    TestClient client = bridge.open("/room/a");
    bridge.restart();
    client.resume();
    client.cut();
    bridge.expireLeases();
    assertEquals(List.of("close 1001", "close 1006"), List.of(Room.SEEN.get(1), Room.SEEN.get(3)));
  }

  @Test
  void nobodyElseTakesASessionOver() {
    TestClient client = bridge.at("/room/a").user("ann").open();
    client.cut();
    bridge.restart();
    assertEquals(410, refusal(() -> resuming(client, 0).user("eve").open()));
    assertEquals(410, refusal(() -> resuming(client, 0).open()));
    client.resume();
    assertTrue(client.isConnected());
  }

  @Test
  void aCursorThatIsAheadOfTheSessionLosesIt() {
    TestClient client = bridge.open("/room/a");
    bridge.restart();
    assertEquals(410, refusal(() -> resuming(client, 99).open()));
  }

  @Test
  void aMessageOfWhichTheEndpointHasHalfClosesTheSession() {
    TestClient client = bridge.open("/room/a");
    client.sendBinary(new byte[3], false);
    bridge.restart();
    assertEquals(List.of("3 first"), client.texts());
    assertEquals(CloseCodes.GOING_AWAY, client.closed().getCloseCode());
    assertEquals(410, refusal(client::resume));
  }

  @Test
  void routesThatAClientWasToldStayKnownToIt() throws IOException {
    start(options.withRouting(Routing.byJsonField("/type")));
    TestClient client = bridge.open("/room/a");
    client.sendText("{\"type\":\"metric\"}");
    assertEquals("{\"type\":\"metric\"}", client.text("metric"));
    client.cut();
    Room.session.getBasicRemote().sendText("{\"type\":\"alert\"}");
    bridge.restart();
    client.resume();
    client.sendText("{\"type\":\"alert\",\"n\":2}");
    assertEquals("{\"type\":\"alert\"}", client.text("alert"));
    assertEquals("{\"type\":\"alert\",\"n\":2}", client.text("alert"));
  }

  @Test
  void theFileIsItsOwnersAndGoneOnceItIsRead() throws IOException {
    bridge.open("/room/a");
    bridge.close();
    assertTrue(Files.exists(file()));
    assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(file())));
    start(options);
    assertFalse(Files.exists(file()));
    try (var rest = Files.list(file().getParent())) {
      assertEquals(0, rest.count());
    }
  }

  @Test
  void sessionsThatDoNotFitAreClosed() {
    start(
        BridgeOptions.DEFAULTS.withSessionFile(
            new SessionFile(file(), 1000, Duration.ofSeconds(1))));
    TestClient small = bridge.open("/room/a");
    TestClient large = bridge.open("/room/a");
    large.sendText("x".repeat(1000));
    bridge.restart();
    assertEquals(1, large.texts().size());
    assertEquals(CloseCodes.GOING_AWAY, large.closed().getCloseCode());
    small.resume();
    assertTrue(small.isConnected());
  }

  @Test
  void aFileThatCannotBeWrittenClosesTheSessions() throws IOException {
    TestClient client = bridge.open("/room/a");
    Files.writeString(folder.resolve("made"), "not a folder");
    bridge.restart();
    assertEquals(CloseCodes.GOING_AWAY, client.closed().getCloseCode());
  }

  @Test
  void aDamagedFileCostsOnlyWhatCannotBeRead() throws IOException {
    TestClient client = bridge.open("/room/a");
    client.cut();
    bridge.close();
    Files.writeString(file(), "{\"token\":\"half a se\n" + Files.readString(file()));
    bridge.restart();
    client.resume();
    client.sendText("hello");
    assertEquals(List.of("hello"), client.texts());
  }

  @Test
  void aSessionWithDamagedMessagesIsLost() throws IOException {
    TestClient client = bridge.open("/room/a");
    client.sendText("missed");
    client.cut();
    bridge.close();
    String whole = Files.readString(file());
    String holed = whole.replaceFirst("\"last\":1", "\"last\":2");
    assertNotEquals(whole, holed);
    Files.writeString(file(), holed);
    bridge.restart();
    assertEquals(410, refusal(client::resume));
  }
}
