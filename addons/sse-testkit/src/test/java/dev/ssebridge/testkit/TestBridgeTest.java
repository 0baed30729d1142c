package dev.ssebridge.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.ssebridge.websocket.BridgeOptions;
import dev.ssebridge.websocket.Routing;
import jakarta.websocket.CloseReason;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.PongMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import jakarta.websocket.server.ServerEndpointConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TestBridgeTest {
  private static final byte[] BYTES = {1, 2, 3};

  private final TestBridge bridge = TestBridge.of(Echo.class);

  @BeforeEach
  void forget() {
    Echo.seen.clear();
  }

  @AfterEach
  void close() {
    bridge.close();
  }

  @Test
  void anEndpointAnswersWhatItIsSent() {
    TestClient client = bridge.open("/echo/a?x=1");

    client.sendText("hello\r\nyou");
    client.sendBinary(BYTES);
    client.sendText("in ", false);
    client.sendText("parts", true);

    assertEquals("hello\r\nyou", client.text());
    assertArrayEquals(BYTES, client.binary());
    assertEquals("in parts", client.text());
    client.expectNothing();
    assertEquals(List.of("open a x=1"), Echo.seen);
  }

  @Test
  void pingsAreAnsweredAndPongsHandled() {
    TestClient client = bridge.open("/echo/a");

    client.sendPing(BYTES);
    client.sendPong(BYTES);
    client.sendText("ping me");

    assertArrayEquals(BYTES, client.pong());
    assertEquals(0, client.ping().length);
    assertEquals("pong 3", Echo.seen.get(1));
  }

  @Test
  void whatIsSentDuringACutComesWithTheResumption() throws IOException {
    TestClient client = bridge.open("/echo/a");
    Session session = Echo.session;
    client.sendText("one");
    client.cut();
    assertFalse(client.isConnected());

    session.getBasicRemote().sendText("two");
    client.sendText("three"); // the way up is another request
    client.resume();

    assertEquals(List.of("one", "two", "three"), client.texts());
    assertSame(session, Echo.session);
    assertTrue(session.isOpen());
    assertEquals(List.of("open a null"), Echo.seen);
  }

  @Test
  void aClientThatDoesNotComeBackIsGoneAfterItsLease() {
    TestClient client = bridge.open("/echo/a");
    client.cut();
    bridge.advance(BridgeOptions.DEFAULTS.lease().minusMillis(1));
    assertEquals(List.of("open a null"), Echo.seen);

    bridge.expireLeases();

    assertEquals(List.of("open a null", "close 1006"), Echo.seen);
    assertEquals(410, assertThrows(RefusedException.class, client::resume).status());
  }

  @Test
  void aClientThatHoldsItsConnectionOutlivesAnyLease() {
    TestClient client = bridge.open("/echo/a");
    bridge.advance(Duration.ofMinutes(1));
    client.sendText("still here");

    assertEquals("still here", client.text());
  }

  @Test
  void bothSidesCanClose() throws IOException {
    TestClient leaving = bridge.open("/echo/a");
    leaving.close(4001, "bye");
    TestClient left = bridge.open("/echo/b");
    Echo.session.close(new CloseReason(CloseCodes.GOING_AWAY, "enough"));
    bridge.open("/echo/c").leave();

    assertEquals(4001, leaving.closed().getCloseCode().getCode());
    assertEquals(CloseCodes.GOING_AWAY, left.closed().getCloseCode());
    assertEquals("enough", left.closed().getReasonPhrase());
    assertEquals(
        List.of(
            "open a null", "close 4001", "open b null", "close 1001", "open c null", "close 1005"),
        Echo.seen);
    assertEquals(204, assertThrows(RefusedException.class, leaving::resume).status());
  }

  @Test
  void theApplicationStopsWithItsBridge() {
    TestClient client = bridge.open("/echo/a");

    bridge.close();

    assertEquals(CloseCodes.GOING_AWAY, client.closed().getCloseCode());
  }

  @Test
  void aClientThatStallsIsSentTheRestWhenItReadsOn() {
    TestClient client = bridge.open("/echo/a");
    client.stall();
    client.sendText("waits");
    client.expectNothing();

    client.readOn();

    assertEquals("waits", client.text());
  }

  @Test
  void manyLargeMessagesOfOneHandlerDoNotWaitForNobody() {
    TestClient client = bridge.open("/echo/a");

    client.sendText("flood");

    List<String> texts = client.texts();
    assertEquals(20, texts.size());
    assertEquals(500_000, texts.get(19).length());
  }

  @Test
  void theHandshakeShowsWhoItIs() {
    TestClient client =
        bridge.at("/echo/a").user("ann").header("X-Team", "red").subprotocols("b", "a").open();

    assertEquals("a", client.subprotocol());
    assertEquals("ann", Echo.session.getUserPrincipal().getName());
  }

  @Test
  void aRefusedHandshakeSaysWhy() {
    var refused = assertThrows(RefusedException.class, () -> bridge.open("/nobody"));

    assertEquals(404, refused.status());
    assertTrue(refused.getMessage().contains("GET /nobody"), refused.getMessage());
  }

  @Test
  void aMessageThatIsTooLargeIsRefusedAndClosesTheSession() {
    TestClient client = bridge.open("/echo/a");

    var refused =
        assertThrows(RefusedException.class, () -> client.sendBinary(new byte[(1 << 20) + 1]));

    assertEquals(413, refused.status());
    assertEquals(CloseCodes.TOO_BIG, client.closed().getCloseCode());
  }

  @Test
  void whatIsNotThereIsSaid() {
    TestClient client = bridge.open("/echo/a");
    client.sendText("hello");

    var wrong = assertThrows(AssertionError.class, client::binary);
    var none = assertThrows(AssertionError.class, client::text);

    assertEquals("expected a binary but got the text \"hello\"", wrong.getMessage());
    assertEquals("expected a text but nothing has come", none.getMessage());
  }

  @Test
  void anEndpointThatIsNoneIsRefused() {
    assertThrows(IllegalArgumentException.class, () -> TestBridge.of(String.class));
  }

  @Test
  void aProgrammaticEndpointIsServedToo() {
    bridge.mount(() -> ServerEndpointConfig.Builder.create(Greeting.class, "/greet/{id}").build());

    assertEquals("hello b", bridge.open("/greet/b").text());
  }

  // Routing, which a browser must be told of before it can hear it

  @Test
  void aRouteIsAnnouncedBeforeItsFirstMessageToEverySession() throws IOException {
    TestClient early = bridge.open("/echo/a");
    Session first = Echo.session;
    bridge.bridge().routeBy(Routing.byJsonField("/type"));
    early.sendText("{\"type\":\"metric\"}");
    TestClient late = bridge.open("/echo/b");
    for (Session each : first.getOpenSessions()) {
      each.getBasicRemote().sendText("{\"type\":\"alert\"}");
    }
    early.cut();
    first.getBasicRemote().sendText("{\"type\":\"third\",\n\r\"type\":\"no\"}");
    early.resume();

    assertEquals("{\"type\":\"metric\"}", early.text("metric"));
    assertEquals("{\"type\":\"alert\"}", early.text("alert"));
    assertEquals("{\"type\":\"third\",\n\r\"type\":\"no\"}", early.text("third"));
    assertEquals("{\"type\":\"alert\"}", late.text("alert"));
    late.sendText("plain");
    assertEquals("plain", late.text());
    assertThrows(
        AssertionError.class,
        () -> {
          late.sendText("plain");
          late.text("metric");
        });
  }

  @Test
  void theRoutesOfAnEndpointAreItsOwn() {
    try (TestBridge routed =
        TestBridge.of(
            BridgeOptions.DEFAULTS.withRouting(
                (path, text) -> path.equals("/echo/{id}") ? "echo" : null),
            Echo.class,
            Other.class)) {
      TestClient echo = routed.open("/echo/a");
      TestClient other = routed.open("/plain");
      echo.sendText("x");
      other.sendText("y");

      assertEquals("x", echo.text("echo"));
      assertThrows(AssertionError.class, () -> other.text("echo"));
    }
  }

  public static class Greeting extends Endpoint {
    @Override
    public void onOpen(Session session, EndpointConfig config) {
      session.getAsyncRemote().sendText("hello " + session.getPathParameters().get("id"));
    }
  }

  @ServerEndpoint("/plain")
  public static class Other {
    @OnMessage
    public String onMessage(String text) {
      return text;
    }
  }

  @ServerEndpoint(value = "/echo/{id}", subprotocols = "a")
  public static class Echo {
    static final List<String> seen = new ArrayList<>();
    static Session session;

    @OnOpen
    public void onOpen(Session opened, @PathParam("id") String id) {
      session = opened;
      seen.add("open " + id + " " + opened.getQueryString());
    }

    @OnMessage
    public void onText(String text, Session sender) throws IOException {
      switch (text) {
        case "ping me" -> sender.getBasicRemote().sendPing(ByteBuffer.allocate(0));
        case "flood" -> {
          for (int i = 0; i < 20; i++) {
            sender.getBasicRemote().sendText("x".repeat(500_000));
          }
        }
        default -> sender.getBasicRemote().sendText(text);
      }
    }

    @OnMessage
    public byte[] onBinary(byte[] bytes) {
      return bytes;
    }

    @OnMessage
    public void onPong(PongMessage pong) {
      seen.add("pong " + pong.getApplicationData().remaining());
    }

    @OnClose
    public void onClose(CloseReason reason) {
      seen.add("close " + reason.getCloseCode().getCode());
    }
  }
}
