package dev.ssebridge.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.mockito.Mockito.doThrow;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.ssebridge.testkit.RefusedException;
import dev.ssebridge.testkit.TestBridge;
import dev.ssebridge.testkit.TestClient;
import dev.ssebridge.websocket.BridgeOptions;
import dev.ssebridge.websocket.Routing;
import jakarta.websocket.CloseReason.CloseCodes;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The code of testing.md. */
class TestingGuideTest {
  // [first]
  @Test
  void aMessageReachesEverybody() {
    try (TestBridge bridge = TestBridge.of(LobbyEndpoint.class)) {
      TestClient ann = bridge.open("/lobby");
      TestClient bob = bridge.open("/lobby");

      ann.sendText("hello");

      assertEquals("hello", ann.text());
      assertEquals(List.of("hello"), bob.texts());
    }
  }

  // [/first]

  // [cut]
  @Test
  void whoComesBackHasMissedNothing() {
    try (TestBridge bridge = TestBridge.of(LobbyEndpoint.class)) {
      TestClient ann = bridge.open("/lobby");
      TestClient bob = bridge.open("/lobby");

      bob.cut();
      ann.sendText("are you there?");
      bob.resume();

      assertEquals("are you there?", bob.text());
    }
  }

  // [/cut]

  // [lease]
  @Test
  void whoDoesNotComeBackIsGone() {
    try (TestBridge bridge = TestBridge.of(LobbyEndpoint.class)) {
      TestClient ann = bridge.open("/lobby");

      ann.cut();
      bridge.expireLeases();

      assertEquals(410, assertThrows(RefusedException.class, ann::resume).status());
    }
  }

  // [/lease]

  // [close]
  @Test
  void aMessageThatIsTooLargeClosesTheSession() {
    try (TestBridge bridge = TestBridge.of(LobbyEndpoint.class)) {
      TestClient ann = bridge.at("/lobby").user("ann").header("X-Team", "red").open();

      assertThrows(RefusedException.class, () -> ann.sendBinary(new byte[2_000_000]));

      assertEquals(CloseCodes.TOO_BIG, ann.closed().getCloseCode());
    }
  }

  // [/close]

  // [route]
  @Test
  void aMetricIsAnEventOfItsName() {
    BridgeOptions options = BridgeOptions.DEFAULTS.withRouting(Routing.byJsonField("/type"));
    try (TestBridge bridge = TestBridge.of(options, LobbyEndpoint.class)) {
      TestClient ann = bridge.open("/lobby");

      ann.sendText("{\"type\":\"metric\",\"cpu\":0.5}");

      assertEquals("{\"type\":\"metric\",\"cpu\":0.5}", ann.text("metric"));
    }
  }

  // [/route]

  // [mockito]
  @Test
  void aSessionThatFailsIsTheSendersToHandle() throws IOException {
    RemoteEndpoint.Basic remote = mock(RemoteEndpoint.Basic.class);
    doThrow(new IOException("reset")).when(remote).sendText("hello");
    Session broken = mock(Session.class);
    when(broken.getBasicRemote()).thenReturn(remote);

    assertThrows(IOException.class, () -> broken.getBasicRemote().sendText("hello"));
  }
  // [/mockito]
}
