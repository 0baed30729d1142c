package dev.ssebridge.docs;

import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

// [endpoint]
@ServerEndpoint("/chat/{room}")
public class ChatEndpoint {
  private static final Set<Session> SESSIONS = ConcurrentHashMap.newKeySet();

  @OnOpen
  public void onOpen(Session session) {
    SESSIONS.add(session);
  }

  @OnMessage
  public void onMessage(String text) throws IOException {
    for (Session session : SESSIONS) {
      session.getBasicRemote().sendText(text);
    }
  }
}
// [/endpoint]
