package dev.ssebridge.docs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.ssebridge.SseHub;
import dev.ssebridge.testkit.TestBridge;
import dev.ssebridge.testkit.TestClient;
import dev.ssebridge.websocket.Routing;
import dev.ssebridge.websocket.SseBridge;
import jakarta.servlet.ServletContext;
import jakarta.websocket.RemoteEndpoint;
import jakarta.websocket.Session;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class MigrationGuideTest {
  @Test
  void theRoutesOfThePageAreRoutes() {
    try (TestBridge bridge = TestBridge.of(LobbyEndpoint.class)) {
      ServletContext context = mock(ServletContext.class);
      when(context.getAttribute(SseBridge.class.getName())).thenReturn(bridge.bridge());
      MigrationGuide.route(context);
      TestClient client = bridge.open("/lobby");

      client.sendText("{\"type\":\"alert\"}");

      assertEquals("{\"type\":\"alert\"}", client.text("alert"));
    }
  }

  @Test
  void theFunctionsOfThePageAreRoutings() {
    Routing routing = MigrationGuide.functions();

    assertEquals("price", routing.route("/prices", "1"));
    assertEquals("error-line", routing.route("/log", "ERROR x"));
    assertNull(routing.route("/log", "INFO x"));
  }

  @Test
  void theChannelOfThePageIsBroadcastTo() throws IOException {
    try (SseHub hub = SseHub.create()) {
      Set<Session> sessions = new HashSet<>();
      MigrationGuide.broadcast(hub, sessions);

      for (Session session : sessions) {
        assertEquals("lobby", session.getPathParameters().get("room"));
        session.getBasicRemote().sendText("hello");
      }

      assertEquals(1, hub.cursor().offset());
    }
  }

  @Test
  void theMirrorOfThePageSendsBothWays() throws IOException {
    RemoteEndpoint.Basic remote = mock(RemoteEndpoint.Basic.class);
    Session session = mock(Session.class);
    when(session.getBasicRemote()).thenReturn(remote);
    when(session.getPathParameters()).thenReturn(Map.of("user", "ann"));
    Map<String, Session> sessionOfUser = new HashMap<>();
    try (SseHub hub = SseHub.create()) {
      MigrationGuide.mirror(hub, session, sessionOfUser);

      sessionOfUser.get("ann").getBasicRemote().sendText("hello");

      verify(remote).sendText("hello");
      assertEquals(1, hub.cursor().offset());
    }
  }
}
