package dev.ssebridge.websocket;

import static org.junit.jupiter.api.Assertions.assertEquals;

import jakarta.websocket.CloseReason;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.OnClose;
import jakarta.websocket.OnError;
import jakarta.websocket.OnMessage;
import jakarta.websocket.OnOpen;
import jakarta.websocket.Session;
import jakarta.websocket.server.PathParam;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class AnnotatedEndpointTest {
  public static final class Chat {
    final List<String> seen = new ArrayList<>();

    @OnOpen
    public void open(EndpointConfig config, @PathParam("room") String room, Session session) {
      seen.add("open " + room);
    }

    @OnMessage
    public String text(@PathParam("room") String room, String text, @PathParam("n") int n) {
      if (text.equals("fail")) {
        throw new IllegalStateException("told to");
      }
      return room + n + text;
    }

    @OnError
    public void error(Session session, Throwable error) {
      seen.add("error " + error.getMessage());
    }

    @OnClose
    public void close(CloseReason reason) {
      seen.add("close " + reason.getCloseCode().getCode());
    }
  }

  @Test
  void theFourAnnotatedMethodsAreCalled() throws Exception {
    TestSession session = new TestSession(Chat.class, "/rooms/{room}/{n}");
    session.parameters.put("room", "r");
    session.parameters.put("n", "7");
    Chat chat = (Chat) session.open();
    session.handlers.text("hello");
    session.handlers.text("fail");
    session.endpoint.onClose(
        session.session, new CloseReason(CloseReason.CloseCodes.GOING_AWAY, ""));
    assertEquals(List.of("open r", "error told to", "close 1001"), chat.seen);
    assertEquals(List.of("sendText r7hello"), session.sent);
  }
}
