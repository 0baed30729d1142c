package dev.ssebridge.docs;

import jakarta.websocket.OnMessage;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;

/** What the tests of testing.md and migration.md talk to. */
// [endpoint]
@ServerEndpoint("/lobby")
public class LobbyEndpoint {
  @OnMessage
  public void onMessage(String text, Session sender) throws IOException {
    for (Session session : sender.getOpenSessions()) {
      session.getBasicRemote().sendText(text);
    }
  }
}
// [/endpoint]
