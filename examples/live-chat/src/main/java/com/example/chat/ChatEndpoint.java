package com.example.chat;

import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import jakarta.websocket.server.ServerEndpoint;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A chat with rooms. Who connects is announced, and what one says everybody in the room hears. A
 * line is {@code "name: text"}, or {@code "* notice"} from the chat itself; the name comes from the
 * query, {@code /chat/lobby?name=ann}.
 */
@ServerEndpoint("/chat/{room}")
public class ChatEndpoint {

  private static final Logger LOG = System.getLogger(ChatEndpoint.class.getName());
  private static final Set<Session> SESSIONS = ConcurrentHashMap.newKeySet();
  private static final AtomicInteger GUESTS = new AtomicInteger();

  private String name;

  @OnOpen
  public void onOpen(Session session, @PathParam("room") String room) {
    name = nameOf(session);
    SESSIONS.add(session);
    Attendance.opened(room, name);
    broadcast(room, "* " + name + " joined");
  }

  @OnMessage
  public void onMessage(String text, @PathParam("room") String room) {
    Attendance.spoke(room, name);
    broadcast(room, name + ": " + text);
  }

  @OnClose
  public void onClose(Session session, @PathParam("room") String room) {
    SESSIONS.remove(session);
    Attendance.closed(room, name);
    broadcast(room, "* " + name + " left");
  }

  @OnError
  public void onError(Session session, Throwable error) {
    boolean connectionLost = error instanceof IOException;
    LOG.log(
        connectionLost ? Level.DEBUG : Level.WARNING, () -> "session " + session.getId(), error);
  }

  private static void broadcast(String room, String line) {
    // One broadcast at a time: everybody in a room reads the same order, and no WebSocket is sent
    // to by two threads.
    synchronized (SESSIONS) {
      for (Session session : SESSIONS) {
        if (room.equals(session.getPathParameters().get("room"))) {
          try {
            session.getBasicRemote().sendText(line);
          } catch (IOException | IllegalStateException gone) {
            LOG.log(Level.DEBUG, () -> "session " + session.getId() + " is gone", gone);
          }
        }
      }
    }
  }

  private static String nameOf(Session session) {
    List<String> names = session.getRequestParameterMap().getOrDefault("name", List.of());
    boolean acceptable = !names.isEmpty() && names.get(0).matches("[A-Za-z0-9-]{1,24}");
    return acceptable ? names.get(0) : "guest-" + GUESTS.incrementAndGet();
  }
}
